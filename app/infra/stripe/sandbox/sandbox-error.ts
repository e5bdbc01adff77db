/** Errors as Stripe words them: https://docs.stripe.com/api/errors */
import type { z } from 'zod';

export interface StripeErrorBody {
  type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  message: string;
  code?: string;
  decline_code?: string;
  param?: string;
}

export class SandboxError extends Error {
  readonly status: number;
  readonly body: StripeErrorBody;

  constructor(status: number, body: StripeErrorBody) {
    super(body.message);
    this.name = 'SandboxError';
    this.status = status;
    this.body = body;
  }
}

/** 404 as for a foreign or made-up id. */
export function resourceMissing(type: string, id: string): SandboxError {
  return new SandboxError(404, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${type}: '${id}'`,
    param: 'id',
  });
}

export function invalidRequest(message: string, param?: string, code?: string): SandboxError {
  return new SandboxError(400, {
    type: 'invalid_request_error',
    message,
    ...(code && { code }),
    ...(param && { param }),
  });
}

/** `line_items`, `0`, `price` → `line_items[0][price]` */
function paramName(path: PropertyKey[]): string {
  const [first, ...rest] = path.map(String);
  return (first ?? '') + rest.map((part) => `[${part}]`).join('');
}

/** The first problem of a failed parse, in Stripe's words. */
export function parameterError(error: z.core.$ZodError): SandboxError {
  const issue = error.issues[0];
  if (!issue) return invalidRequest('Invalid request.');
  if (issue.code === 'unrecognized_keys') {
    const name = paramName([...issue.path, issue.keys[0] ?? '']);
    return invalidRequest(`Received unknown parameter: ${name}`, name, 'parameter_unknown');
  }
  const name = paramName(issue.path);
  if (issue.code === 'invalid_type' && issue.input === undefined && /received undefined/.test(issue.message))
    return invalidRequest(`Missing required param: ${name}.`, name, 'parameter_missing');
  return invalidRequest(`Invalid ${name}: ${issue.message}`, name);
}
