/**
 * Throttles of log-in, registration and password change, through the shared rate-limit store.
 *
 * The account window is kept per network, so that nobody locks an owner out from elsewhere. The
 * network window counts failures only: an office behind one address may log in as often as it likes.
 * A wider window over all attempts bounds what a burst can make us hash before its failures count.
 */
import type { RateLimit } from '../../infra/store/store.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Context } from '../context.ts';
import { networkOf } from './network.ts';

const WINDOW_MS = 15 * 60 * 1000;
const FAILURES_PER_ACCOUNT_AND_NETWORK = 10;
const FAILURES_PER_NETWORK = 60;
const ATTEMPTS_PER_NETWORK = 600;
const REGISTRATIONS_PER_NETWORK = 300;

function refuse(retryAfterMs: number): never {
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  throw new AppError('rate_limited', 'Too many attempts. Wait a while and try again.', { retryAfterSeconds });
}

/** One proof of identity: taken before the hash is computed, told afterwards how it went. */
export interface Attempt {
  failed(): Promise<void>;
  succeeded(): Promise<void>;
}

/**
 * @param account whom the attempt is about: a user id, or what was typed when there is no such user.
 * @throws AppError `rate_limited` with the seconds to wait.
 */
export async function beginAttempt(ctx: Context, account: string): Promise<Attempt> {
  const { rateLimits } = ctx.store;
  const network = networkOf(ctx.ipAddress);
  const accountKey = `login:account:${account}:${network}`;
  const failures: RateLimit = {
    key: `login:failures:${network}`,
    limit: FAILURES_PER_NETWORK,
    windowMs: WINDOW_MS,
  };
  const peeked = await rateLimits.peek([failures]);
  if (peeked.remaining < 1) refuse(peeked.retryAfterMs || peeked.resetMs);
  const taken = await rateLimits.take([
    { key: accountKey, limit: FAILURES_PER_ACCOUNT_AND_NETWORK, windowMs: WINDOW_MS },
    { key: `login:attempts:${network}`, limit: ATTEMPTS_PER_NETWORK, windowMs: WINDOW_MS },
  ]);
  if (!taken.allowed) refuse(taken.retryAfterMs);
  return {
    async failed() {
      await rateLimits.take([failures]);
    },
    async succeeded() {
      await rateLimits.reset(accountKey);
    },
  };
}

/** @throws AppError `rate_limited`: every registration costs a hash and a few rows. */
export async function limitRegistrations(ctx: Context): Promise<void> {
  const key = `register:${networkOf(ctx.ipAddress)}`;
  const taken = await ctx.store.rateLimits.take([
    { key, limit: REGISTRATIONS_PER_NETWORK, windowMs: WINDOW_MS },
  ]);
  if (!taken.allowed) refuse(taken.retryAfterMs);
}
