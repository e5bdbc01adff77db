/** Holds each request against the types of the `stripe` package, as Stripe holds it against its own. */
import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { decodeForm, type FormValue } from './decode-form.ts';
import type { StripeRequest } from './request-types.ts';
import { invalidRequest, type SandboxError } from './sandbox-error.ts';

const SCHEMAS = new URL('./request-schemas.json', import.meta.url);

export type CheckRequest = (request: StripeRequest, form: string) => unknown;

/** Reads the schemas at once and compiles those of an endpoint when it is first called. */
export function createRequestCheck(): CheckRequest {
  const ajv = new Ajv({ strict: false, coerceTypes: true, allErrors: false, verbose: true });
  ajv.addSchema(JSON.parse(readFileSync(SCHEMAS, 'utf8')) as object, 'stripe');
  const compiled = new Map<string, ValidateFunction>();
  return (request, form) => {
    let validate = compiled.get(request);
    if (!validate) {
      const pointer = request.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll(' ', '%20');
      validate = ajv.compile({ $ref: `stripe#/definitions/StripeRequests/properties/${pointer}` });
      compiled.set(request, validate);
    }
    const params: Record<string, FormValue> = decodeForm(form);
    if (!validate(params)) throw problemOf(validate.errors ?? [], params);
    checkNumbers(params, decodeForm(form), []);
    return params;
  };
}

/** Numbers as people write them; what JavaScript also takes for one (`1e400`, `0x10`) is none. */
function checkNumbers(value: unknown, text: unknown, path: string[]): void {
  if (typeof value === 'number') {
    if (/^-?\d{1,15}(\.\d{1,12})?$/.test(String(text))) return;
    const name = paramName(`/${path.join('/')}`);
    throw invalidRequest(`Invalid integer: ${String(text)}`, name, 'parameter_invalid_integer');
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value))
    checkNumbers(item, (text as Record<string, unknown>)[key], [...path, key]);
}

/** `/line_items/0/price` → `line_items[0][price]` */
function paramName(path: string, last?: string): string {
  const parts = path.split('/').slice(1);
  if (last !== undefined) parts.push(last);
  const [first = '', ...rest] = parts;
  return first + rest.map((part) => `[${part}]`).join('');
}

const depthOf = (error: ErrorObject): number =>
  error.instancePath.split('/').length + (error.keyword === 'additionalProperties' ? 0.5 : 0);

/** Of alternatives that all failed the one that got furthest is the one that was meant. */
function problemOf(errors: ErrorObject[], params: object): SandboxError {
  const error = [...errors].sort((a, b) => depthOf(b) - depthOf(a))[0];
  if (!error) return invalidRequest('Invalid request.');
  if (error.keyword === 'additionalProperties') {
    const name = paramName(error.instancePath, String(error.params.additionalProperty));
    return invalidRequest(`Received unknown parameter: ${name}`, name, 'parameter_unknown');
  }
  if (error.keyword === 'required') {
    const name = paramName(error.instancePath, String(error.params.missingProperty));
    return invalidRequest(`Missing required param: ${name}.`, name, 'parameter_missing');
  }
  const name = paramName(error.instancePath);
  const value = valueAt(params, error.instancePath);
  if (value === '') {
    return invalidRequest(
      `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset.`,
      name,
      'parameter_invalid_empty',
    );
  }
  if (error.keyword === 'enum') {
    const allowed = (error.schema as unknown[]).filter((one) => one !== null && one !== '').join(', ');
    return invalidRequest(`Invalid ${name}: must be one of ${allowed}`, name);
  }
  const wanted = String((error.params as { type?: unknown }).type ?? '');
  if (wanted.includes('integer'))
    return invalidRequest(`Invalid integer: ${String(value)}`, name, 'parameter_invalid_integer');
  if (wanted.includes('boolean')) return invalidRequest(`Invalid boolean: ${String(value)}`, name);
  if (wanted.includes('object')) return invalidRequest('Invalid object', name);
  if (wanted.includes('array')) return invalidRequest('Invalid array', name);
  return invalidRequest(`Invalid ${name}: ${error.message ?? 'not allowed'}`, name);
}

function valueAt(root: unknown, path: string): unknown {
  return path
    .split('/')
    .slice(1)
    .reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], root);
}
