import { AppError, isAppError } from '../../lib/app-error.ts';
import type { Context } from '../context.ts';

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Judges an address of an authorization server: https (http on loopback alone, where only tests and
 * demos are let), no user name, no fragment, and reachable by the rules of every outside connection.
 * @throws AppError `invalid_request` or `blocked_target` with an issue for `field`.
 */
export async function assertOauthUrl(ctx: Context, field: string, text: string): Promise<void> {
  const url = URL.parse(text);
  const isPlain = url?.protocol === 'http:' && LOOPBACK.has(url.hostname);
  if (url === null || (url.protocol !== 'https:' && !isPlain) || url.hash !== '') {
    throw new AppError('invalid_request', `${field}: enter an https:// address.`, {
      issues: [{ field, reason: 'invalid_url' }],
    });
  }
  try {
    await ctx.egress.assertAllowed(text);
  } catch (error) {
    if (!isAppError(error) || error.code !== 'blocked_target') throw error;
    if (error.details?.['reason'] === 'unresolvable') return;
    throw new AppError('blocked_target', error.message, {
      issues: [{ field, reason: 'blocked_target' }],
      details: error.details,
      cause: error,
    });
  }
}
