import { describe, expect, it } from 'vitest';
import { createRequestCheck } from './check-request.ts';
import type { StripeRequest } from './request-types.ts';
import { SandboxError } from './sandbox-error.ts';

const check = createRequestCheck();

function refusal(request: StripeRequest, form: string) {
  try {
    check(request, form);
  } catch (error) {
    if (error instanceof SandboxError) return { code: error.body.code, param: error.body.param };
    throw error;
  }
  return null;
}

describe('requests', () => {
  it('become what the types say: numbers, switches, lists', () => {
    expect(
      check(
        'POST /v1/subscriptions/:id',
        'items[0][id]=si_1&items[0][quantity]=2&cancel_at_period_end=false&trial_end=now&metadata[a]=5',
      ),
    ).toEqual({
      items: [{ id: 'si_1', quantity: 2 }],
      cancel_at_period_end: false,
      trial_end: 'now',
      metadata: { a: '5' },
    });
    expect(check('GET /v1/events', 'created[gte]=5&types[]=a&types[]=b')).toEqual({
      created: { gte: 5 },
      types: ['a', 'b'],
    });
    expect(check('POST /v1/coupons', 'percent_off=12.5')).toEqual({ percent_off: 12.5 });
  });

  it.each<[StripeRequest, string, string | undefined, string]>([
    ['POST /v1/customers', 'colour=red', 'parameter_unknown', 'colour'],
    ['POST /v1/customers', '__proto__[x]=1', 'parameter_unknown', '__proto__'],
    [
      'POST /v1/payment_intents',
      'amount=1&currency=usd&payment_method_types[0]=card',
      'parameter_unknown',
      'payment_method_types',
    ],
    ['POST /v1/payment_intents', 'currency=usd', 'parameter_missing', 'amount'],
    ['POST /v1/payment_intents', 'amount=10.5&currency=usd', 'parameter_invalid_integer', 'amount'],
    ['POST /v1/payment_intents', 'amount=1e400&currency=usd', 'parameter_invalid_integer', 'amount'],
    ['POST /v1/subscriptions/:id', 'proration_behavior=sometimes', undefined, 'proration_behavior'],
    ['POST /v1/subscriptions/:id', 'cancel_at_period_end=perhaps', undefined, 'cancel_at_period_end'],
    [
      'POST /v1/checkout/sessions',
      'line_items[0][price_data][currency]=usd&line_items[0][price_data][colour]=red',
      'parameter_unknown',
      'line_items[0][price_data][colour]',
    ],
  ])('are refused like at Stripe: %s %s', (request, form, code, param) => {
    expect(refusal(request, form)).toEqual({ code, param });
  });

  it('that are too big or too deep are refused, not worked on', () => {
    expect(
      refusal('POST /v1/customers', Array.from({ length: 2_001 }, (_, i) => `a${i}=1`).join('&')),
    ).not.toBeNull();
    expect(refusal('POST /v1/customers', `metadata${'[a]'.repeat(40)}=1`)).not.toBeNull();
  });
});
