import {
  redirect,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { Form, Link, useActionData, useLoaderData } from '@remix-run/react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PasswordField } from '../../components/auth/password-field.tsx';
import { FormAlert } from '../../components/ui/alert.tsx';
import { SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody } from '../../components/ui/card.tsx';
import { RadioCards, TextField } from '../../components/ui/field.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import {
  MAX_PASSWORD_CHARS,
  MIN_PASSWORD_CHARS,
  registerFormSchema,
  registerUser,
} from '../../domain/users/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { safeNextPath } from '../../http/next-path.ts';
import { parseForm } from '../../http/parse-form.ts';
import { anonymousContext, findViewer } from '../../http/require-user.ts';
import { formAction, formFailure } from '../../http/run-action.ts';
import { startSession } from '../../http/start-session.ts';
import { getTranslation, resolveLocale } from '../../i18n/server.ts';

export const handle = { i18n: ['auth'] };

export async function loader(args: LoaderFunctionArgs) {
  const { searchParams } = new URL(args.request.url);
  const next = safeNextPath(searchParams.get('next'), '');
  if (await findViewer(args)) throw redirect(next || '/buyer');
  const t = await getTranslation(args, 'auth');
  return {
    title: t('register.title'),
    next,
    role: searchParams.get('role') === 'seller' ? 'seller' : 'buyer',
    passwordChars: { min: MIN_PASSWORD_CHARS, max: MAX_PASSWORD_CHARS },
  };
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export async function action(args: ActionFunctionArgs) {
  return formAction(args, async () => {
    const form = await parseForm(args.request.clone(), registerFormSchema);
    if (!form.ok) return formFailure(form);
    const { next, ...fields } = form.value;
    const locale = await resolveLocale(args);
    const { user } = await registerUser(anonymousContext(args), { ...fields, locale });
    const { cookie, home } = await startSession(args, user.id);
    return redirectWithFlash(
      safeNextPath(next, home),
      { messageKey: 'auth:flash.welcome', tone: 'success', params: { name: user.displayName } },
      { headers: { 'set-cookie': cookie } },
    );
  });
}

/** Only scripts know the visitor's time zone; without them it is chosen later, in the profile. */
function TimeZoneInput() {
  const [timeZone, setTimeZone] = useState('');
  useEffect(() => setTimeZone(new Intl.DateTimeFormat().resolvedOptions().timeZone), []);
  return <input type="hidden" name="timeZone" value={timeZone} />;
}

export default function Register() {
  const { t } = useTranslation('auth');
  const { next, role, passwordChars } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const issues = failure?.issues;
  return (
    <>
      <PageHeader title={t('register.title')} description={t('register.description')} />
      <Card>
        <CardBody>
          <Form method="post" className="grid gap-5">
            <FormAlert error={failure?.error} />
            <input type="hidden" name="next" value={next} />
            <TimeZoneInput />
            <RadioCards
              name="role"
              legend={t('register.role')}
              required
              defaultValue={failure?.values.role ?? role}
              issues={issues}
              options={[
                { value: 'buyer', label: t('register.buyer'), description: t('register.buyerText') },
                { value: 'seller', label: t('register.seller'), description: t('register.sellerText') },
              ]}
            />
            <TextField
              name="username"
              label={t('register.username')}
              hint={t('register.usernameHint')}
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              minLength={3}
              maxLength={39}
              defaultValue={failure?.values.username}
              issues={issues}
            />
            <TextField
              name="email"
              type="email"
              label={t('register.email')}
              hint={t('register.emailHint')}
              autoComplete="email"
              maxLength={254}
              defaultValue={failure?.values.email}
              issues={issues}
            />
            <PasswordField
              name="password"
              label={t('register.password')}
              hint={t('register.passwordHint', { min: passwordChars.min })}
              autoComplete="new-password"
              required
              minLength={passwordChars.min}
              maxLength={passwordChars.max}
              issues={issues}
            />
            <SubmitButton pendingLabel={t('register.pending')}>{t('register.submit')}</SubmitButton>
          </Form>
        </CardBody>
      </Card>
      <p className="text-muted text-center text-sm">
        {t('register.haveAccount')}{' '}
        <Link
          to={next ? `/login?next=${encodeURIComponent(next)}` : '/login'}
          className="text-link inline-flex min-h-11 items-center underline"
        >
          {t('register.login')}
        </Link>
      </p>
    </>
  );
}
