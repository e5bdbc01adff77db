import type { JsonObject } from '../dialect.ts';
import type { JsonEdit } from '../json-members.ts';
import { isAbsent } from './params.ts';

/** Collects edits by name, so that no member is edited twice. */
export class EditList {
  readonly #edits = new Map<string, string>();

  set(name: string, value: unknown): void {
    this.#edits.set(name, JSON.stringify(value));
  }

  has(name: string): boolean {
    return this.#edits.has(name);
  }

  list(): JsonEdit[] {
    return [...this.#edits].map(([name, value]) => ({ name, value }));
  }
}

/** Parameters for those that the caller did not set, under any of their names. */
export function editDefaults(
  list: EditList,
  body: JsonObject,
  defaults: Readonly<JsonObject>,
  synonyms: readonly (readonly string[])[],
): void {
  for (const [name, value] of Object.entries(defaults)) {
    const names = synonyms.find((group) => group.includes(name)) ?? [name];
    if (names.every((one) => isAbsent(body[one]) && !list.has(one))) list.set(name, value);
  }
}
