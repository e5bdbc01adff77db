import {
  redirect,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { Alert, FormAlert } from '../../components/ui/alert.tsx';
import { ButtonLink, SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { DateTime } from '../../components/ui/format.tsx';
import { acceptPlanInvitation, getPlanInvitation } from '../../domain/plans/index.ts';
import { requireUser } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['storefront', 'pricing'] };

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx, organization } = await requireUser(args);
    const t = await getTranslation(args, 'pricing');
    const invitation = await getPlanInvitation(ctx, { token: args.params['token'] ?? '' });
    return { title: t('accept.title'), invitation, organization: organization.name };
  });
}

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireUser(args);
  return formAction(args, async () => {
    const { serviceSlug, planId } = await acceptPlanInvitation(ctx, { token: args.params['token'] ?? '' });
    return redirect(`/services/${serviceSlug}/subscribe?plan=${planId}`);
  });
}

export const meta: MetaFunction<typeof loader> = ({ data: page }) => [
  { title: `${page?.title ?? ''} · Tollgate` },
  // The address holds a secret.
  { name: 'robots', content: 'noindex' },
  { name: 'referrer', content: 'no-referrer' },
];

export default function PlanInvitation() {
  const { t } = useTranslation('pricing');
  const { invitation, organization, title } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const { planName, serviceName, serviceSlug, sellerName, planId, state, expiresAt } = invitation;
  return (
    <div className="mx-auto max-w-2xl">
      <h1 className="mb-6 text-3xl font-semibold">{title}</h1>
      <FormAlert error={failure?.error} />
      <Card>
        <CardHeader
          title={t('accept.offer', { plan: planName, service: serviceName })}
          description={t('accept.from', { seller: sellerName })}
        />
        <CardBody className="grid gap-4">
          {state === 'open' && (
            <>
              <p className="text-sm">{t('accept.explain', { organization })}</p>
              <p className="text-muted text-sm">
                {t('accept.until')} <DateTime value={expiresAt} />
              </p>
              <Form method="post">
                <SubmitButton>{t('accept.submit')}</SubmitButton>
              </Form>
            </>
          )}
          {state === 'expired' && <Alert tone="warning">{t('accept.expired')}</Alert>}
          {state === 'own' && <Alert>{t('accept.own')}</Alert>}
          {state === 'yours' && (
            <>
              <p className="text-sm">{t('accept.done', { organization })}</p>
              <div>
                <ButtonLink to={`/services/${serviceSlug}/subscribe?plan=${planId}`}>
                  {t('accept.subscribe')}
                </ButtonLink>
              </div>
            </>
          )}
        </CardBody>
      </Card>
    </div>
  );
}
