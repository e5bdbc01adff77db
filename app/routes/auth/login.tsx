import {
  redirect,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { Form, Link, useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { PasswordField } from '../../components/auth/password-field.tsx';
import { FormAlert } from '../../components/ui/alert.tsx';
import { SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody } from '../../components/ui/card.tsx';
import { TextField } from '../../components/ui/field.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { createAuthenticator } from '../../http/authenticator.ts';
import { safeNextPath } from '../../http/next-path.ts';
import { anonymousContext, findViewer } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { startSession } from '../../http/start-session.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['auth'] };

export async function loader(args: LoaderFunctionArgs) {
  const next = safeNextPath(new URL(args.request.url).searchParams.get('next'), '');
  if (await findViewer(args)) throw redirect(next || '/buyer');
  const t = await getTranslation(args, 'auth');
  return { title: t('login.title'), next };
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export async function action(args: ActionFunctionArgs) {
  return formAction(args, async () => {
    const form = await args.request.clone().formData();
    const user = await createAuthenticator(anonymousContext(args)).authenticate('password', args.request);
    const { cookie, home } = await startSession(args, user.id);
    const next = safeNextPath(form.get('next')?.toString(), home);
    return redirect(next, { headers: { 'set-cookie': cookie } });
  });
}

export default function Login() {
  const { t } = useTranslation('auth');
  const { next } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const issues = failure?.issues;
  return (
    <>
      <PageHeader title={t('login.title')} description={t('login.description')} />
      <Card>
        <CardBody>
          <Form method="post" className="grid gap-5">
            <FormAlert error={failure?.error} />
            <input type="hidden" name="next" value={next} />
            <TextField
              name="login"
              label={t('login.name')}
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              maxLength={254}
              defaultValue={failure?.values.login}
              issues={issues}
            />
            <PasswordField
              name="password"
              label={t('login.password')}
              autoComplete="current-password"
              required
              maxLength={256}
              issues={issues}
            />
            <SubmitButton pendingLabel={t('login.pending')}>{t('login.submit')}</SubmitButton>
          </Form>
        </CardBody>
      </Card>
      <p className="text-muted text-center text-sm">
        {t('login.noAccount')}{' '}
        <Link
          to={next ? `/register?next=${encodeURIComponent(next)}` : '/register'}
          className="text-link inline-flex min-h-11 items-center underline"
        >
          {t('login.register')}
        </Link>
      </p>
    </>
  );
}
