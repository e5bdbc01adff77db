/** Errors as Stripe words them: https://docs.stripe.com/api/errors */

export interface StripeErrorBody {
  type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  message: string;
  code?: string;
  decline_code?: string;
  param?: string;
  charge?: string;
  /** As they are after a refused payment. */
  payment_intent?: object;
  setup_intent?: object;
  payment_method?: object;
}

export class SandboxError extends Error {
  readonly status: number;
  readonly body: StripeErrorBody;
  /** What was done stays done: a refused payment is part of the story. */
  readonly keepsEffects: boolean;

  constructor(status: number, body: StripeErrorBody, keepsEffects = false) {
    super(body.message);
    this.name = 'SandboxError';
    this.status = status;
    this.body = body;
    this.keepsEffects = keepsEffects;
  }
}

/** 402: the bank said no, or wants the cardholder to say yes first. */
export function cardError(body: Omit<StripeErrorBody, 'type'>): SandboxError {
  return new SandboxError(402, { type: 'card_error', ...body }, true);
}

/** 404 as for a foreign or made-up id. */
export function resourceMissing(type: string, id: string, param = 'id'): SandboxError {
  return new SandboxError(404, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${type}: '${id}'`,
    param,
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
