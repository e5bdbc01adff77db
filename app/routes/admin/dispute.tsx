import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { DisputeDetail } from '../../components/disputes/dispute-detail.tsx';
import { FormAlert, FormErrors } from '../../components/ui/alert.tsx';
import { SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { TextAreaField } from '../../components/ui/field.tsx';
import { Money } from '../../components/ui/format.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { decideDispute, getDispute } from '../../domain/disputes/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { parseForm } from '../../http/parse-form.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { formAction, formFailure } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['disputes', 'buyer'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  const t = await getTranslation(args, 'disputes');
  return pageLoader(args, async () => ({
    title: t('detail.title'),
    dispute: await getDispute(ctx, { perspective: 'admin', disputeId: args.params['id'] ?? '' }),
  }));
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

const form = z.strictObject({
  intent: z.enum(['refund', 'reject']),
  note: z.string().optional(),
  request: z.array(z.string()).optional(),
});

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  const disputeId = args.params['id'] ?? '';
  return formAction(args, async () => {
    const parsed = await parseForm(args.request, form);
    if (!parsed.ok) return formFailure(parsed);
    const { intent, note = '', request: requestIds } = parsed.value;
    await decideDispute(ctx, {
      disputeId,
      decision: intent,
      note,
      ...(intent === 'refund' && { requestIds: requestIds ?? [] }),
    });
    return redirectWithFlash(`/admin/disputes/${disputeId}`, {
      messageKey: 'disputes:flash.decided',
      tone: 'success',
    });
  });
}

export default function AdminDispute() {
  const { t } = useTranslation('disputes');
  const { dispute } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  return (
    <>
      <PageHeader
        title={dispute.serviceName}
        breadcrumbs={[{ to: '/admin/disputes', label: t('title') }]}
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
  const open = dispute.callList.filter(({ refundId }) => refundId === null);
  return (
    <Card>
      <CardHeader title={t('decide.title')} />
      <CardBody>
        <Form method="post" className="grid gap-4">
          <FormErrors issues={failure?.issues} fields={['note']} />
          <fieldset className="grid max-h-80 gap-1 overflow-y-auto">
            <legend className="text-sm font-medium">{t('decide.calls')}</legend>
            {open.map(({ requestId, chargeNanos }) => (
              <label key={requestId} className="flex min-h-11 items-center gap-3 text-sm sm:min-h-8">
                <input
                  type="checkbox"
                  name="request[]"
                  value={requestId}
                  defaultChecked
                  className="accent-accent size-5 shrink-0"
                />
                <code className="min-w-0 flex-1 text-xs break-all">{requestId}</code>
                <Money nanos={chargeNanos} />
              </label>
            ))}
          </fieldset>
          <TextAreaField
            name="note"
            label={t('decide.note')}
            hint={t('decide.hint')}
            required
            maxLength={2000}
            defaultValue={failure?.values['note']}
            issues={failure?.issues}
          />
          <div className="flex flex-wrap gap-3">
            <SubmitButton intent="refund">{t('decide.refund')}</SubmitButton>
            <SubmitButton intent="reject" variant="secondary">
              {t('decide.reject')}
            </SubmitButton>
          </div>
        </Form>
      </CardBody>
    </Card>
  );
}
