/** `Idempotency-Key` on calls that may cost something: the same request twice is one call and one bill. */
import { createHash, createHmac } from 'node:crypto';
import { claimAnswer, completeAnswer, releaseClaim, type Claim } from '../domain/idempotency/index.ts';
import type { RateLimit } from '../infra/store/store.ts';
import { AppError, isAppError } from '../lib/app-error.ts';
import type { AnswerCapture, CapturedAnswer } from './answers/answer-body.ts';
import { sendStored } from './answer-stored.ts';
import type { Call } from './call.ts';
import { CONVERSATION_HEADER } from './conversation.ts';
import { withDeadline } from './deadline.ts';
import { keyContext } from './key-context.ts';
import { DAY_WINDOW_MS } from './limits.ts';
import { readBody } from './read-body.ts';
import { storageUnavailable } from './snapshot.ts';
import { isWorthRetrying } from './worth-retrying.ts';

/** Longer answers are passed on and not kept; longer bodies of plain services cannot be compared. */
const MAX_BYTES = 1024 * 1024;
const KEY = /^[\x21-\x7e]{1,255}$/;
const RUNNING_GRACE_SECONDS = 60;
/** Answers that one organization has kept; more of them are done and not kept, or it could fill the disk. */
const KEPT_BYTES_PER_DAY = 1024 * 1024 * 1024;

/**
 * Stage before `answerFromCache`: answers a repeated key from what is stored, or claims it.
 * @throws AppError `invalid_request`, `idempotency_in_progress`, `idempotency_mismatch`, `conflict`.
 */
export function claimIdempotency(call: Call): void | Promise<void> {
  const { idempotencyKey } = call;
  if (idempotencyKey === null || call.method !== 'POST') return;
  if (!KEY.test(idempotencyKey)) throw refusal('An Idempotency-Key has 1 to 255 visible ASCII characters.');
  return claim(call, idempotencyKey);
}

/**
 * What the upstream gets: it sees one credential for many buyers, and must not take the key of one for
 * another's.
 */
export function scopedIdempotencyKey(call: Call): string {
  const { keyPepper } = call.parts.config.secrets;
  return createHmac('sha256', keyPepper)
    .update(`idempotency ${call.principal!.organizationId} ${call.idempotencyKey}`)
    .digest('base64url');
}

async function claim(call: Call, idempotencyKey: string): Promise<void> {
  const made: Claim = {
    keyId: call.principal!.keyId,
    idempotencyKey,
    fingerprint: fingerprintOf(call, await bodyOf(call)),
    requestId: call.id,
    runningSeconds: longestCallSeconds(call) + RUNNING_GRACE_SECONDS,
  };
  call.traced().idempotencyHash = scopedIdempotencyKey(call).slice(0, 22);
  const ctx = keyContext(call);
  const claiming = claimAnswer(ctx, made);
  const stored = await withDeadline(claiming, call.parts.limits.storageDeadlineMs).catch((error: unknown) => {
    if (isAppError(error)) throw error;
    // A frozen database may still grant what nobody waits for any more.
    claiming.then((late) => (late === null ? free(call, made) : undefined), ignore);
    call.parts.logger.error({ err: error, requestId: call.id }, 'an idempotency key could not be claimed');
    throw storageUnavailable(error);
  });
  if (stored === null) {
    call.captures.push(capture(call, made));
    if (call.closed) call.discardCaptures();
    return;
  }
  call.discardCaptures();
  sendStored(call, stored, ['idempotent-replayed', 'true', 'x-tollgate-original-request', stored.requestId]);
}

/** LLM calls are read anyway; other bodies are read here, and sent on from memory. */
async function bodyOf(call: Call): Promise<Buffer> {
  if (call.llm) return call.llm.body;
  if (call.contentLength > MAX_BYTES) throw tooLong();
  try {
    call.body = await readBody(call, MAX_BYTES);
  } catch (error) {
    throw isAppError(error) && error.code === 'payload_too_large' ? tooLong() : error;
  }
  call.requestBytes = call.body.length;
  return call.body;
}

function tooLong(): AppError {
  return refusal(`Requests with an Idempotency-Key may have up to ${MAX_BYTES} bytes.`);
}

function refusal(message: string): AppError {
  return new AppError('invalid_request', message, {
    issues: [{ field: 'idempotency-key', reason: 'invalid' }],
  });
}

function fingerprintOf(call: Call, body: Buffer): Buffer {
  const target = [call.method, call.door, call.serviceReference, call.restPath, call.query];
  // The same words in another conversation ask for something else.
  const conversation = call.request.headers[CONVERSATION_HEADER];
  if (conversation !== undefined) target.push(String(conversation));
  return createHash('sha256').update(JSON.stringify(target)).update(body).digest();
}

function longestCallSeconds(call: Call): number {
  const longestMs = Math.max(0, ...call.service!.upstreams.map(({ totalTimeoutMs }) => totalTimeoutMs));
  return Math.ceil(longestMs / 1_000);
}

/** The answer is kept before its last byte goes; one that failed frees the key for another try. */
function capture(call: Call, claim: Claim): AnswerCapture {
  return {
    maxBytes: MAX_BYTES,
    onDiscard: (reason) => {
      // What was paid for is not made again, also when there is nothing to show for it.
      if (reason === 'failed') void free(call, claim);
      else void complete(call, claim, null);
    },
    onComplete: (answer) => (isWorthRetrying(answer.status) ? free(call, claim) : keep(call, claim, answer)),
  };
}

async function keep(call: Call, claim: Claim, answer: CapturedAnswer): Promise<void> {
  const kept = keptBytesOf(call.principal!.organizationId);
  const { allowed } = await call.parts.store.rateLimits.take([kept], answer.body.length);
  await complete(call, claim, allowed ? answer : null);
}

/** Bytes of answers that an organization has kept lately. */
export function keptBytesOf(organizationId: string): RateLimit {
  return { key: `kept:${organizationId}`, limit: KEPT_BYTES_PER_DAY, windowMs: DAY_WINDOW_MS };
}

/** Waits no longer than the database may take: the caller has paid for this answer. */
async function complete(call: Call, claim: Claim, answer: CapturedAnswer | null): Promise<void> {
  try {
    await withDeadline(completeAnswer(keyContext(call), claim, answer), call.parts.limits.storageDeadlineMs);
  } catch (error) {
    call.parts.logger.error({ err: error, requestId: call.id }, 'an idempotent answer was not kept');
  }
}

async function free(call: Call, claim: Claim): Promise<void> {
  try {
    await withDeadline(releaseClaim(keyContext(call), claim), call.parts.limits.storageDeadlineMs);
  } catch (error) {
    call.parts.logger.warn({ err: error, requestId: call.id }, 'an idempotency key frees itself later');
  }
}

function ignore(): void {
  // Said already.
}
