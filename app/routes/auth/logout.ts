import { redirect, type ActionFunctionArgs } from '@remix-run/node';
import { revokeSession } from '../../domain/sessions/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { anonymousContext } from '../../http/require-user.ts';
import { clearedSessionCookie, readSessionToken } from '../../http/session-cookie.ts';

/** A link must not log anyone out: GET only leads home. */
export const loader = () => redirect('/');

export async function action(args: ActionFunctionArgs) {
  const ctx = anonymousContext(args);
  const token = readSessionToken(args.request, ctx.publicUrl);
  if (token) await revokeSession(ctx, { token });
  return redirectWithFlash(
    '/',
    { messageKey: 'auth:flash.loggedOut', tone: 'info' },
    { headers: { 'set-cookie': clearedSessionCookie(ctx.publicUrl) } },
  );
}
