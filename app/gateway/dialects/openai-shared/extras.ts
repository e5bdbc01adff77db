import type { JsonObject } from '../dialect.ts';
import type { NeutralRequest } from '../neutral.ts';

const SERVICE_TIERS: ReadonlySet<unknown> = new Set(['auto', 'default', 'flex', 'scale', 'priority']);

/** The extras that this dialect has too, and the names of those that it has not. */
export function takeExtras(
  request: NeutralRequest,
  known: ReadonlySet<string>,
): { kept: JsonObject; dropped: string[] } {
  const kept: JsonObject = {};
  const dropped: string[] = [];
  for (const [name, value] of Object.entries(request.extras)) {
    // Others use the name for other values.
    const fits = name !== 'service_tier' || SERVICE_TIERS.has(value);
    if (known.has(name) && fits) kept[name] = value;
    // What was not asked for is not lost: nothing is stored by us or another dialect's upstream.
    else if (value !== false) dropped.push(name);
  }
  return { kept, dropped };
}
