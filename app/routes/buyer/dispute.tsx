import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { DisputeDetail } from '../../components/disputes/dispute-detail.tsx';
import { FormAlert } from '../../components/ui/alert.tsx';
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { getDispute, withdrawDispute } from '../../domain/disputes/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { requireUser } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['disputes', 'buyer'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireUser(args);
  const t = await getTranslation(args, 'disputes');
  return pageLoader(args, async () => ({
    title: t('detail.title'),
    dispute: await getDispute(ctx, { perspective: 'buyer', disputeId: args.params['id'] ?? '' }),
  }));
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireUser(args);
  const disputeId = args.params['id'] ?? '';
  return formAction(args, async () => {
    await withdrawDispute(ctx, { disputeId });
    return redirectWithFlash(`/buyer/disputes/${disputeId}`, {
      messageKey: 'disputes:flash.withdrawn',
      tone: 'success',
    });
  });
}

export default function BuyerDispute() {
  const { t } = useTranslation('disputes');
  const { dispute } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  return (
    <>
      <PageHeader
        title={dispute.serviceName}
        breadcrumbs={[{ to: '/buyer/disputes', label: t('title') }]}
        description={<code className="text-sm break-all">{dispute.id}</code>}
        actions={dispute.status === 'open' && <Withdraw />}
      />
      <FormAlert error={failure?.error} />
      <DisputeDetail dispute={dispute} />
    </>
  );
}

function Withdraw() {
  const { t } = useTranslation('disputes');
  return (
    <ConfirmDialog
      triggerLabel={t('withdraw.submit')}
      title={t('withdraw.title')}
      description={t('withdraw.text')}
      confirmLabel={t('withdraw.submit')}
    />
  );
}
