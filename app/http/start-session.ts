/** What logging a browser in needs besides a verified user: the cookie, and where to go. */
import type { ActionFunctionArgs } from '@remix-run/node';
import { createSession, findSession } from '../domain/sessions/index.ts';
import { anonymousContext } from './require-user.ts';
import { readSessionToken, sessionCookie } from './session-cookie.ts';

export interface StartedSession {
  /** `Set-Cookie`. */
  cookie: string;
  /** The first page of someone who was not on the way to another one. */
  home: string;
}

/** Gives the browser a new session for this user; the one it had ends. */
export async function startSession(args: ActionFunctionArgs, userId: string): Promise<StartedSession> {
  const ctx = anonymousContext(args);
  const { token, session } = await createSession(ctx, {
    userId,
    replacesToken: readSessionToken(args.request, ctx.publicUrl),
    userAgent: args.request.headers.get('user-agent'),
  });
  const view = await findSession(ctx, { token });
  return {
    cookie: sessionCookie(ctx.publicUrl, token, session.expiresAt, ctx.clock.now()),
    home: view?.user.isPlatformAdmin ? '/admin' : view?.organization.isSeller ? '/seller' : '/buyer',
  };
}
