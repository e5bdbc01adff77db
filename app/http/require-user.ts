/** Who looks at a page, and guards for pages that need someone. */
import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import type { Context } from '../domain/context.ts';
import { findSession, type SessionView } from '../domain/sessions/index.ts';
import { AppError } from '../lib/app-error.ts';
import { errorPage } from './run-loader.ts';
import { readSessionToken } from './session-cookie.ts';

type Args = LoaderFunctionArgs | ActionFunctionArgs;

/** The person behind a request. `ctx` acts as them, in the organization their session stands in. */
export interface Viewer extends Pick<SessionView, 'user' | 'organization' | 'role' | 'organizations'> {
  ctx: Context;
  sessionId: string;
}

declare module '@remix-run/node' {
  interface AppLoadContext {
    /** Looked up once per request, however many loaders ask. */
    viewer?: Promise<Viewer | null>;
  }
}

const PASSWORD_PAGE = '/account/security';

/** A context that acts for nobody: for pages that anyone may see. */
export function anonymousContext({ context }: Args): Context {
  return context.platform.createContext(
    { type: 'anonymous' },
    { requestId: context.requestId, ipAddress: context.clientIp },
  );
}

async function loadViewer(args: Args): Promise<Viewer | null> {
  const { platform, requestId, clientIp } = args.context;
  const token = readSessionToken(args.request, platform.publicUrl);
  if (!token) return null;
  const session = await findSession(anonymousContext(args), { token });
  if (!session) return null;
  const { user, organization, role, organizations } = session;
  const ctx = platform.createContext(
    {
      type: 'user',
      userId: user.id,
      organizationId: organization.id,
      role,
      isPlatformAdmin: user.isPlatformAdmin,
    },
    { requestId, ipAddress: clientIp },
  );
  return { ctx, sessionId: session.id, user, organization, role, organizations };
}

/** The viewer, or null when nobody is logged in. */
export function findViewer(args: Args): Promise<Viewer | null> {
  return (args.context.viewer ??= loadViewer(args));
}

/** The path of the page, also when the browser asked for its data alone. */
function pagePath(request: Request): { pathname: string; search: string } {
  const url = new URL(request.url);
  url.searchParams.delete('_routes');
  url.searchParams.delete('index');
  const pathname = url.pathname.replace(/\.data$/, '').replace(/^\/_root$/, '/');
  return { pathname, search: url.search };
}

/**
 * The viewer; else sends to the log-in page, which leads back here. A viewer who must change their
 * password is sent to do so first.
 */
export async function requireUser(args: Args): Promise<Viewer> {
  const viewer = await findViewer(args);
  const { pathname, search } = pagePath(args.request);
  if (!viewer) {
    const isRead = args.request.method === 'GET' || args.request.method === 'HEAD';
    const next = isRead ? pathname + search : pathname;
    throw redirect(`/login?next=${encodeURIComponent(next)}`);
  }
  if (viewer.user.mustChangePassword && pathname !== PASSWORD_PAGE) throw redirect(PASSWORD_PAGE);
  return viewer;
}

/** The viewer, in an organization that sells; else sends to where selling is switched on. */
export async function requireSeller(args: Args): Promise<Viewer> {
  const viewer = await requireUser(args);
  if (!viewer.organization.isSeller) throw redirect('/account?enable=selling');
  return viewer;
}

/** The viewer, a platform administrator. Others get 404: the area does not exist for them. */
export async function requireAdmin(args: Args): Promise<Viewer> {
  const viewer = await requireUser(args);
  if (!viewer.user.isPlatformAdmin)
    throw errorPage(args, new AppError('not_found', 'There is no such page.'));
  return viewer;
}
