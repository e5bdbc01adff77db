/** Form fields to values: the browser sends text, a schema says what it means. */
import type { z } from 'zod';
import type { FieldIssue } from '../lib/app-error.ts';
import { toFieldIssues } from '../lib/parse-input.ts';

export type ParsedForm<Value> =
  { ok: true; value: Value } | { ok: false; issues: FieldIssue[]; values: Record<string, string> };

const SECRET_FIELD = /password|secret|token|credential|api_?key/i;

/** What was typed, for showing the form again. Secrets and files are left out. */
export function formValues(form: FormData): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of form) {
    if (typeof value === 'string' && !SECRET_FIELD.test(name)) values[name] = value;
  }
  return values;
}

type Container = Record<string, unknown>;

const UNSAFE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Sets `a.0.b` as nested objects; `normalise` makes arrays of those with numbers for keys. */
function setPath(target: Container, path: string[], value: unknown): void {
  if (path.some((key) => UNSAFE_KEYS.has(key))) return;
  let current = target;
  for (const key of path.slice(0, -1)) {
    const existing = current[key];
    // A hostile form may send `a` and `a.b`; the nested one wins, and the schema judges it.
    const next =
      typeof existing === 'object' && existing !== null && !Array.isArray(existing) ? existing : {};
    current[key] = next;
    current = next as Container;
  }
  current[path.at(-1)!] = value;
}

function normalise(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Blob)
    return value;
  const entries = Object.entries(value).map(([key, item]) => [key, normalise(item)] as const);
  if (entries.length > 0 && entries.every(([key]) => /^\d{1,4}$/.test(key))) {
    return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item);
  }
  return Object.fromEntries(entries);
}

/**
 * Form data as a plain object. `a.b` nests, `a.0.b` makes arrays, `a[]` collects repeated fields.
 * Blank text counts as absent: that is how a browser sends an empty optional field.
 */
export function formObject(form: FormData): Record<string, unknown> {
  const result: Container = {};
  for (const name of new Set(form.keys())) {
    const all = form.getAll(name).filter((value) => value !== '');
    if (all.length === 0) continue;
    if (name.endsWith('[]')) setPath(result, name.slice(0, -2).split('.'), all);
    else setPath(result, name.split('.'), all.at(-1));
  }
  return normalise(result) as Record<string, unknown>;
}

/** A button's `intent` chooses the action; it is no field unless the schema says so. */
function withoutIntent(schema: z.ZodType, input: Record<string, unknown>): Record<string, unknown> {
  const shape = 'shape' in schema ? (schema.shape as Record<string, unknown>) : null;
  if (!shape || 'intent' in shape) return input;
  const { intent: _intent, ...rest } = input;
  return rest;
}

/** Parses the body of a form post. Reads the body: call it once, or on `request.clone()`. */
export async function parseForm<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
): Promise<ParsedForm<z.output<Schema>>> {
  const form = await request.formData();
  const input = withoutIntent(schema, formObject(form));
  const parsed = schema.safeParse(input);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, issues: toFieldIssues(parsed.error, input), values: formValues(form) };
}

/** The `intent` of the button that sent the form; leaves the body unread. */
export async function readIntent(request: Request): Promise<string | null> {
  const intent = (await request.clone().formData()).get('intent');
  return typeof intent === 'string' ? intent : null;
}
