import { and, eq } from 'drizzle-orm';
import type Stripe from 'stripe';
import {
  stripeOperations,
  type StripeOperation,
  type StripeOperationKind,
} from '../../../db/schema/index.ts';
import { AppError, hasErrorCode } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import type { Context } from '../context.ts';
import { callStripe, isRefusal } from './stripe-call.ts';

export interface NewStripeOperation<Parameters extends object> {
  kind: StripeOperationKind;
  /** What it is about, of ours; a kind is done once for each. */
  subjectId: string;
  organizationId: string | null;
  /** JSON: what the first caller wrote is what every try sends. */
  parameters: Parameters;
}

export type StripeObject = { id: string };

/** Asks Stripe for what an operation is to make. Put `idempotencyKey` into the metadata as `operation_id` as well. */
export type SendToStripe<Parameters> = (
  stripe: Stripe,
  parameters: Parameters,
  idempotencyKey: string,
) => Promise<StripeObject>;

/**
 * Looks for what an earlier try may have made; Stripe forgets idempotency keys after a day. Null: nothing was,
 * or making it again does no harm.
 */
export type FindAtStripe<Parameters> = (
  stripe: Stripe,
  parameters: Parameters,
  operation: StripeOperation,
) => Promise<StripeObject | null>;

/** Stripe keeps the answer of an idempotency key for at least a day; an hour less is safe. */
const VERBATIM_MS = 23 * 3_600_000;

/**
 * Makes one thing at Stripe, once per kind and subject, whatever crashes in between: the operation is
 * written down first, and its id is the idempotency key of every try. One that was done gives the id it
 * made, without asking. Never inside a transaction.
 * @returns the id of Stripe's object.
 * @throws AppError `payment_declined` when the bank refused, or Stripe's own error when it did: final for
 * this subject, see `isRefusal`. After anything else, `payment_unavailable` above all, nobody knows whether
 * Stripe did it: the operation stays pending and asking again is safe.
 */
export async function runStripeOperation<Parameters extends object>(
  ctx: Context,
  wanted: NewStripeOperation<Parameters>,
  send: SendToStripe<Parameters>,
  find: FindAtStripe<Parameters>,
): Promise<string> {
  const operation = await writeDown(ctx, wanted);
  if (operation.status === 'done' && operation.stripeObjectId) return operation.stripeObjectId;
  if (operation.status === 'failed') throw refusedBefore(operation);
  const { stripe } = ctx.payments;
  const parameters = operation.parameters as Parameters;
  const isOld = ctx.clock.now() - operation.createdAt.getTime() > VERBATIM_MS;
  const found = isOld ? await callStripe(() => find(stripe, parameters, operation)) : null;
  const made = found ?? (await sendOnce(ctx, operation.id, (id) => send(stripe, parameters, id)));
  await finish(ctx, operation.id, { status: 'done', stripeObjectId: made.id, error: null });
  return made.id;
}

async function sendOnce(
  ctx: Context,
  operationId: string,
  send: (idempotencyKey: string) => Promise<StripeObject>,
): Promise<StripeObject> {
  try {
    return await callStripe(() => send(operationId));
  } catch (error) {
    if (isRefusal(error)) await finish(ctx, operationId, { status: 'failed', error: reasonOf(error) });
    throw error;
  }
}

async function writeDown(
  ctx: Context,
  { kind, subjectId, organizationId, parameters }: NewStripeOperation<object>,
): Promise<StripeOperation> {
  const [made] = await ctx.db
    .insert(stripeOperations)
    .values({
      id: newId('stripeOperation'),
      kind,
      subjectId,
      organizationId,
      parameters: parameters as Record<string, unknown>,
      // The clock that its age is told by.
      createdAt: ctx.clock.date(),
    })
    .onConflictDoNothing({ target: [stripeOperations.kind, stripeOperations.subjectId] })
    .returning();
  if (made) return made;
  const [earlier] = await ctx.db
    .select()
    .from(stripeOperations)
    .where(and(eq(stripeOperations.kind, kind), eq(stripeOperations.subjectId, subjectId)));
  if (!earlier) throw new Error('the operation vanished');
  return earlier;
}

async function finish(ctx: Context, id: string, values: Partial<StripeOperation>): Promise<void> {
  await ctx.db
    .update(stripeOperations)
    .set(values)
    .where(and(eq(stripeOperations.id, id), eq(stripeOperations.status, 'pending')));
}

function reasonOf(error: unknown): string {
  if (hasErrorCode(error, 'payment_declined')) return String((error as AppError).details?.['reason']);
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message.slice(0, 200) : 'unknown';
}

function refusedBefore({ error }: StripeOperation): AppError {
  return new AppError('payment_declined', 'This payment was refused before. Start a new one.', {
    details: { reason: error ?? 'unknown' },
  });
}
