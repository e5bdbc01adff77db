import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { DisputeDetail } from '../../components/disputes/dispute-detail.tsx';
import { FormAlert } from '../../components/ui/alert.tsx';
import { SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { TextAreaField } from '../../components/ui/field.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { answerDispute, getDispute } from '../../domain/disputes/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { parseForm } from '../../http/parse-form.ts';
import { requireUser } from '../../http/require-user.ts';
import { formAction, formFailure } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['disputes', 'buyer'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireUser(args);
  const t = await getTranslation(args, 'disputes');
  return pageLoader(args, async () => ({
    title: t('detail.title'),
    dispute: await getDispute(ctx, { perspective: 'seller', disputeId: args.params['id'] ?? '' }),
  }));
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

const form = z.strictObject({
  intent: z.enum(['accept', 'contest']),
  text: z.string().optional(),
});

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireUser(args);
  const disputeId = args.params['id'] ?? '';
  return formAction(args, async () => {
    const parsed = await parseForm(args.request, form);
    if (!parsed.ok) return formFailure(parsed);
    const { intent, text = '' } = parsed.value;
    await answerDispute(ctx, { disputeId, answer: intent, text });
    return redirectWithFlash(`/seller/disputes/${disputeId}`, {
      messageKey: 'disputes:flash.answered',
      tone: 'success',
    });
  });
}

export default function SellerDispute() {
  const { t } = useTranslation('disputes');
  const { dispute } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  return (
    <>
      <PageHeader
        title={dispute.serviceName}
        breadcrumbs={[{ to: '/seller/disputes', label: t('title') }]}
        description={<code className="text-sm break-all">{dispute.id}</code>}
      />
      <FormAlert error={failure?.error} />
      <DisputeDetail dispute={dispute} />
      {dispute.status === 'open' && <Act />}
    </>
  );
}

function Act() {
  const { t } = useTranslation('disputes');
  const { dispute } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  return (
    <Card>
      <CardHeader title={t('answer.title')} />
      <CardBody>
        <Form method="post" className="grid gap-4">
          <TextAreaField
            name="text"
            label={t('answer.text')}
            hint={t('answer.hint')}
            maxLength={2000}
            quiet
            defaultValue={failure?.values['text']}
            issues={failure?.issues}
          />
          <div className="flex flex-wrap gap-3">
            {dispute.sellerAnswer === null && (
              <SubmitButton intent="contest" variant="secondary">
                {t('answer.contest')}
              </SubmitButton>
            )}
            <SubmitButton intent="accept">{t('answer.accept')}</SubmitButton>
          </div>
        </Form>
      </CardBody>
    </Card>
  );
}
