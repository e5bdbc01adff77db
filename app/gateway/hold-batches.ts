import type { Lane } from '../../db/client.ts';
import {
  holdByAllowance,
  holdCalls,
  holdWithAllowances,
  type HoldAnswer,
  type HoldRequest,
  type MeteringContext,
} from '../domain/metering/index.ts';
import type { Logger } from '../infra/logger.ts';
import { withDeadline } from './deadline.ts';
import { isAway } from './settle-batches.ts';
import { storageUnavailable } from './snapshot.ts';

export interface HoldOptions {
  metering: MeteringContext;
  logger: Logger;
  deadlineMs: number;
  /** Gives back a hold that the database granted after its call had been refused. */
  releaseLate: (request: HoldRequest) => void;
  /** Settles what calls of these buyers have left that ended. */
  settleFor: (organizationIds: string[]) => Promise<void>;
}

export interface WaitingHold {
  request: HoldRequest;
  resolve: (answer: HoldAnswer) => void;
  reject: (error: Error) => void;
}

/** Plain holds are one statement, counted ones a transaction per organization: each fails by itself. */
export function partsOf(waiting: WaitingHold[]): { plain: WaitingHold[]; counted: WaitingHold[][] } {
  const plain = waiting.filter(({ request }) => !request.counted);
  if (plain.length === waiting.length) return { plain, counted: [] };
  const counted = waiting.filter(({ request }) => request.counted);
  return { plain, counted: [...Map.groupBy(counted, ({ request }) => request.organizationId).values()] };
}

/** @returns those for whom nothing is held: what is set aside did not cover them, or could not be looked at. */
export async function runAllowed(
  waiting: WaitingHold[],
  allowance: { id: string; lane: Lane },
  options: HoldOptions,
): Promise<WaitingHold[]> {
  const requests = waiting.map(({ request }) => request);
  const query = allowance.lane.use((sql) => holdByAllowance({ sql }, allowance.id, requests));
  try {
    const answers = await withDeadline(query, options.deadlineMs);
    return waiting.filter(({ request, resolve }) => {
      const answer = answers.get(request.requestId);
      if (answer) resolve(answer);
      return !answer;
    });
  } catch (error) {
    if (isAway(error)) {
      refuseAll(error, query, waiting, options);
      return [];
    }
    options.logger.error({ err: error, holds: waiting.length }, 'holding by allowance failed');
    return waiting;
  }
}

export async function runHolds(waiting: WaitingHold[], options: HoldOptions): Promise<void> {
  const query = holdCalls(
    options.metering,
    waiting.map(({ request }) => request),
  );
  const early: EarlyHold[] = [];
  try {
    const answers = await withDeadline(query, options.deadlineMs);
    for (const one of waiting) {
      const answer = answers.get(one.request.requestId)!;
      if (answer.isEarly) early.push({ ...one, first: answer });
      else one.resolve(answer);
    }
  } catch (error) {
    refuseAll(error, query, waiting, options);
  }
  if (early.length > 0) await holdAgain(early, options);
}

interface EarlyHold extends WaitingHold {
  /** What it was told before its buyer got back what there was. */
  first: HoldAnswer;
}

/** What finished calls give back, and what was set aside, is there for those that begin: nobody is refused for want of it. */
async function holdAgain(early: EarlyHold[], options: HoldOptions): Promise<void> {
  const waiting = early.map(({ first, ...one }) => ({
    request: restOf(one.request, first),
    resolve: (answer: HoldAnswer) => one.resolve(both(first, answer)),
    // What a call that has ended got before is its own.
    reject: first.refusal === null ? () => one.resolve(first) : one.reject,
  }));
  const query = options.settleFor([...new Set(early.map(({ request }) => request.organizationId))]).then(() =>
    holdWithAllowances(
      options.metering,
      waiting.map(({ request }) => request),
    ),
  );
  try {
    const answers = await withDeadline(query, options.deadlineMs);
    for (const { request, resolve } of waiting) resolve(answers.get(request.requestId)!);
  } catch (error) {
    refuseAll(error, query, waiting, options);
  }
}

function refuseAll(
  error: unknown,
  query: Promise<Map<string, HoldAnswer>>,
  waiting: WaitingHold[],
  options: HoldOptions,
): void {
  options.logger.error({ err: error, holds: waiting.length }, 'holds failed');
  for (const { reject } of waiting) reject(storageUnavailable(error));
  releaseWhenLate(query, waiting, options);
}

/** A call that has ended got what there was. */
function restOf(request: HoldRequest, { grantedNanos, quota }: HoldAnswer): HoldRequest {
  const { amountNanos, counted } = request;
  const has = counted?.has && {
    amountNanos: counted.has.amountNanos + grantedNanos,
    quota: sumUnits(counted.has.quota, quota),
  };
  return {
    ...request,
    amountNanos: amountNanos - grantedNanos,
    counted: counted && { ...counted, has: has ?? null },
  };
}

function both(first: HoldAnswer, second: HoldAnswer): HoldAnswer {
  return {
    ...second,
    grantedNanos: first.grantedNanos + second.grantedNanos,
    quota: sumUnits(first.quota, second.quota),
  };
}

function sumUnits(one: Record<string, number>, other: Record<string, number>): Record<string, number> {
  const sum = { ...one };
  for (const [meter, units] of Object.entries(other)) sum[meter] = (sum[meter] ?? 0) + units;
  return sum;
}

/** A frozen database may still grant what nobody waits for any more. */
function releaseWhenLate(
  query: Promise<Map<string, HoldAnswer>>,
  waiting: WaitingHold[],
  options: HoldOptions,
): void {
  query.then(
    (answers) => {
      for (const { request } of waiting) {
        const isNew = (request.mode ?? 'new') === 'new';
        // More for a running call is given back when that one is settled.
        if (isNew && answers.get(request.requestId)?.refusal === null) options.releaseLate(request);
      }
    },
    () => undefined,
  );
}
