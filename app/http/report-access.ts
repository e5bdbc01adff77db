/** Who may ask for reports and receipts: people with a session or a token, programs with their key. */
import type { LoaderFunctionArgs } from '@remix-run/node';
import type { Context, KeyActor } from '../domain/context.ts';
import { verifyKey } from '../domain/keys/index.ts';
import { verifyAccessToken } from '../domain/users/index.ts';
import { AppError } from '../lib/app-error.ts';
import { errorResponse, toAppError } from './error-response.ts';
import { anonymousContext, findViewer } from './require-user.ts';

/** A context that a program with a key has too. */
export type ReaderContext = Omit<Context, 'actor'> & { actor: Context['actor'] | KeyActor };

const KEY = /^tg_live_/;

function presentedSecret(request: Request): string | null {
  const bearer = /^Bearer +([^\s]+)$/i.exec(request.headers.get('authorization')?.trim() ?? '')?.[1];
  return bearer ?? request.headers.get('x-api-key');
}

async function findReader(args: LoaderFunctionArgs): Promise<{ ctx: ReaderContext; timeZone: string }> {
  const anonymous = anonymousContext(args);
  const secret = presentedSecret(args.request);
  if (secret !== null) {
    const actor = KEY.test(secret)
      ? await verifyKey(anonymous, { secret })
      : await verifyAccessToken(anonymous, { token: secret });
    return { ctx: { ...anonymous, actor }, timeZone: 'UTC' };
  }
  const viewer = await findViewer(args);
  if (!viewer || viewer.user.mustChangePassword) {
    throw new AppError(
      'unauthenticated',
      'Log in, or send an access token or a key: Authorization: Bearer <it>.',
    );
  }
  return { ctx: viewer.ctx, timeZone: viewer.user.timeZone };
}

/** A loader for whoever may read: `work` answers, errors are the API's. */
export function readerLoader(
  work: (reader: {
    ctx: ReaderContext;
    timeZone: string;
    url: URL;
    args: LoaderFunctionArgs;
  }) => Promise<Response>,
): (args: LoaderFunctionArgs) => Promise<Response> {
  return async (args) => {
    const { platform, requestId } = args.context;
    let response: Response;
    try {
      response = await work({ ...(await findReader(args)), url: new URL(args.request.url), args });
    } catch (thrown) {
      if (thrown instanceof Response) throw thrown;
      const error = toAppError(thrown, { logger: platform.logger, requestId });
      response = errorResponse(error, requestId, platform.publicUrl);
    }
    response.headers.set('cache-control', 'private, no-store');
    return response;
  };
}
