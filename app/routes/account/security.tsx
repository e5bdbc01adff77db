import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { PasswordForm } from '../../components/account/password-form.tsx';
import { SessionList } from '../../components/account/session-list.tsx';
import { Alert, FormAlert } from '../../components/ui/alert.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { listSessions, revokeSession, revokeUserSessions } from '../../domain/sessions/index.ts';
import {
  changePassword,
  changePasswordSchema,
  MAX_PASSWORD_CHARS,
  MIN_PASSWORD_CHARS,
} from '../../domain/users/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { parseForm, readIntent } from '../../http/parse-form.ts';
import { requireUser, type Viewer } from '../../http/require-user.ts';
import { formAction, formFailure } from '../../http/run-action.ts';
import { startSession } from '../../http/start-session.ts';
import { getTranslation } from '../../i18n/server.ts';
import { AppError } from '../../lib/app-error.ts';
import { describeUserAgent } from '../../lib/user-agent.ts';

export const handle = { i18n: ['account', 'auth'] };

const HERE = '/account/security';

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, user, sessionId } = await requireUser(args);
  const t = await getTranslation(args, 'account');
  const sessions = await listSessions(ctx);
  return {
    title: t('security.title'),
    username: user.username,
    mustChangePassword: user.mustChangePassword,
    passwordChars: { min: MIN_PASSWORD_CHARS, max: MAX_PASSWORD_CHARS },
    sessions: sessions.map(({ userAgent, ...session }) => ({
      ...session,
      ...describeUserAgent(userAgent),
      isCurrent: session.id === sessionId,
    })),
  };
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

async function savePassword(args: ActionFunctionArgs, viewer: Viewer, request: Request) {
  const form = await parseForm(request, changePasswordSchema);
  if (!form.ok) return formFailure(form);
  await changePassword(viewer.ctx, form.value);
  const { cookie, home } = await startSession(args, viewer.user.id);
  return redirectWithFlash(
    viewer.user.mustChangePassword ? home : HERE,
    { messageKey: 'account:flash.passwordChanged', tone: 'success' },
    { headers: { 'set-cookie': cookie } },
  );
}

export async function action(args: ActionFunctionArgs) {
  const viewer = await requireUser(args);
  const { ctx, user, sessionId } = viewer;
  return formAction(args, async () => {
    const request = args.request.clone();
    switch (await readIntent(request)) {
      case 'password':
        return savePassword(args, viewer, request);
      case 'revoke': {
        const form = await request.formData();
        await revokeSession(ctx, { sessionId: form.get('sessionId')?.toString() ?? '' });
        return redirectWithFlash(HERE, { messageKey: 'account:flash.sessionRevoked', tone: 'success' });
      }
      case 'revoke-others':
        await revokeUserSessions(ctx, { userId: user.id, exceptSessionId: sessionId });
        return redirectWithFlash(HERE, { messageKey: 'account:flash.othersRevoked', tone: 'success' });
      default:
        throw new AppError('invalid_request', 'This form has no such button.');
    }
  });
}

export default function Security() {
  const { t } = useTranslation('account');
  const { username, mustChangePassword, passwordChars, sessions } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const isPasswordFailure = failure?.values.intent === 'password';
  return (
    <>
      <PageHeader title={t('security.title')} description={t('security.description')} />
      {mustChangePassword && (
        <Alert tone="warning" title={t('security.mustChangeTitle')}>
          {t('security.mustChangeText')}
        </Alert>
      )}
      {!isPasswordFailure && <FormAlert error={failure?.error} />}
      <PasswordForm
        username={username}
        chars={passwordChars}
        failure={isPasswordFailure ? failure : undefined}
      />
      <SessionList sessions={sessions} />
    </>
  );
}
