/** Reads Stripe's form encoding: `items[0][price]=price_1&metadata[a]=b&expand[]=customer`. */
import { invalidRequest } from './sandbox-error.ts';

export type FormValue = string | FormValue[] | { [key: string]: FormValue };
type Branch = Map<string, string | Branch>;

const MAX_PAIRS = 2_000;
const MAX_DEPTH = 12;

/** Everything is text; lists are whatever was numbered from 0 or written with `[]`. */
export function decodeForm(text: string): Record<string, FormValue> {
  const root: Branch = new Map();
  let pairs = 0;
  for (const [name, value] of new URLSearchParams(text)) {
    pairs += 1;
    if (pairs > MAX_PAIRS) throw invalidRequest('Too many parameters.');
    place(root, splitName(name), value);
  }
  return Object.fromEntries([...root].map(([key, value]) => [key, shape(value)]));
}

function splitName(name: string): string[] {
  const [head = '', ...rest] = name.split('[');
  const path = [head, ...rest.map((part) => part.replace(/\]$/, ''))];
  if (path.length > MAX_DEPTH) throw invalidRequest(`Invalid request: ${name} is nested too deeply.`);
  return path;
}

function place(root: Branch, path: string[], value: string): void {
  let branch = root;
  for (const [depth, part] of path.entries()) {
    const key = part === '' && depth > 0 ? String(branch.size) : part;
    if (depth === path.length - 1) {
      branch.set(key, value);
      return;
    }
    const next = branch.get(key);
    const child: Branch = next instanceof Map ? next : new Map();
    branch.set(key, child);
    branch = child;
  }
}

function shape(value: string | Branch): FormValue {
  if (typeof value === 'string') return value;
  const isList = [...value.keys()].every((key, i) => key === String(i));
  if (isList && value.size > 0) return [...value.values()].map(shape);
  return Object.fromEntries([...value].map(([key, item]) => [key, shape(item)]));
}
