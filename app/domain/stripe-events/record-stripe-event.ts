import type Stripe from 'stripe';
import { AppError } from '../../lib/app-error.ts';
import { withTransaction, type Context } from '../context.ts';
import { keepStripeEvent } from './keep-stripe-event.ts';
import { stripeEventSchema } from './schemas.ts';

export interface RecordStripeEventInput {
  /** The body, byte for byte as it came. */
  payload: Uint8Array;
  /** `stripe-signature` header. */
  signature: string | null;
}

/** How old, or how far in the future, a signature may be; Stripe's client checks the past only. */
const TOLERANCE_SECONDS = 300;

/**
 * Keeps a webhook's event for a job to apply; an event that came before changes nothing. The
 * signature authorizes (https://docs.stripe.com/webhooks#verify-manually).
 * @throws AppError `invalid_request` for anything that is not from our Stripe account, now.
 */
export async function recordStripeEvent(
  ctx: Context,
  input: RecordStripeEventInput,
): Promise<{ isNew: boolean }> {
  const parsed = stripeEventSchema.safeParse(verify(ctx, input));
  if (!parsed.success) throw refusal('This is no event.');
  if (parsed.data.livemode !== (ctx.payments.mode === 'live')) {
    throw refusal('This event is of the other mode (live or test).');
  }
  return withTransaction(ctx, async (tx) => ({ isNew: await keepStripeEvent(tx, parsed.data) }));
}

function refusal(message: string): AppError {
  return new AppError('invalid_request', message);
}

function verify(ctx: Context, { payload, signature }: RecordStripeEventInput): Stripe.Event {
  const now = ctx.clock.now();
  if (!signature || !isRecent(signature, now))
    throw refusal('The signature is missing, too old or of the future.');
  for (const secret of ctx.payments.webhookSecrets) {
    if (secret === '') continue;
    try {
      return ctx.payments.stripe.webhooks.constructEvent(
        payload,
        signature,
        secret,
        TOLERANCE_SECONDS,
        undefined,
        now,
      );
    } catch {
      // While secrets are rolled another one may fit.
    }
  }
  throw refusal('The signature does not fit.');
}

/** The signed time, which must stand there once, within the tolerance both ways. */
function isRecent(signature: string, nowMs: number): boolean {
  const times = signature.split(',').filter((part) => part.trim().startsWith('t='));
  const seconds = /^\s*t=(\d{1,12})\s*$/.exec(times[0] ?? '')?.[1];
  if (times.length !== 1 || seconds === undefined) return false;
  return Math.abs(nowMs / 1000 - Number(seconds)) <= TOLERANCE_SECONDS;
}
