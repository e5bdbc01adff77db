import { AppError, isAppError } from '../../lib/app-error.ts';
import type { Context } from '../context.ts';

export const MAX_BASE_URL_CHARS = 2_000;

/**
 * The form base URLs are stored in: origin and path as WHATWG URL writes them, no trailing slash.
 * Null for anything else, also for URLs with a user name, a query, a fragment, or an encoded slash,
 * backslash or NUL, which servers read differently.
 */
export function normaliseBaseUrl(text: string): string | null {
  const trimmed = text.trim();
  if (!/^https?:\/\//i.test(trimmed) || trimmed.length > MAX_BASE_URL_CHARS || !URL.canParse(trimmed)) {
    return null;
  }
  const url = new URL(trimmed);
  if (url.username || url.password || url.search || url.hash || !url.hostname) return null;
  if (/%2f|%5c|%00/i.test(url.pathname)) return null;
  return url.origin + url.pathname.replace(/\/+$/, '');
}

/**
 * Refuses addresses that are not public, as they were typed: every spelling is judged by the egress
 * guard, which judges again at every call. A name without an address yet may be saved.
 * @throws AppError `blocked_target` with an issue for `baseUrl`.
 */
export async function assertPublicBaseUrl(ctx: Context, typed: string): Promise<void> {
  try {
    await ctx.egress.assertAllowed(typed.trim());
  } catch (error) {
    if (!isAppError(error) || error.code !== 'blocked_target') throw error;
    if (error.details?.['reason'] === 'unresolvable') return;
    throw new AppError('blocked_target', error.message, {
      issues: [{ field: 'baseUrl', reason: 'blocked_target' }],
      details: error.details,
      cause: error,
    });
  }
}
