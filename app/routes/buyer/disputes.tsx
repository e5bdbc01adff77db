import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { DisputeFilter, DisputesTable } from '../../components/disputes/disputes-table.tsx';
import { OpenDisputeForm } from '../../components/disputes/open-dispute-form.tsx';
import { FormAlert } from '../../components/ui/alert.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { Pagination } from '../../components/ui/pagination.tsx';
import { DISPUTE_WINDOW_DAYS, MAX_DISPUTED_CALLS, openDispute } from '../../domain/disputes/index.ts';
import { listSubscriptions } from '../../domain/subscriptions/index.ts';
import { loadDisputes } from '../../http/dispute-list.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { parseForm } from '../../http/parse-form.ts';
import { requireUser } from '../../http/require-user.ts';
import { formAction, formFailure } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { getTranslation } from '../../i18n/server.ts';
import { addDays, dayOf, startOfDay } from '../../lib/time.ts';
import { disputePageAddress } from '../../lib/dispute-page-address.ts';

export const handle = { i18n: ['disputes', 'buyer'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, user } = await requireUser(args);
  const t = await getTranslation(args, 'disputes');
  return pageLoader(args, async () => {
    const [listing, subscriptions] = await Promise.all([
      loadDisputes(ctx, 'buyer', args.request.url),
      listSubscriptions(ctx, { includeCanceled: true }),
    ]);
    const today = dayOf(ctx.clock.date(), user.timeZone);
    return {
      title: t('title'),
      ...listing,
      requestId: new URL(args.request.url).searchParams.get('request')?.slice(0, 64) || null,
      services: [...new Map(subscriptions.map(({ service }) => [service.id, service])).values()].map(
        ({ id, name }) => ({ id, name }),
      ),
      days: { first: addDays(today, -6), last: today },
      bounds: { count: MAX_DISPUTED_CALLS, days: DISPUTE_WINDOW_DAYS },
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'invalid');
const form = z.object({
  request: z.string().optional(),
  service: z.string().optional(),
  from: day.optional(),
  to: day.optional(),
  reason: z.enum(['upstream_error', 'duplicate', 'wrong_amount', 'wrong_answer', 'unauthorized', 'other']),
  description: z.string().optional(),
});

const FIELDS: Record<string, string> = { serviceId: 'service', requestIds: 'request' };

export async function action(args: ActionFunctionArgs) {
  const { ctx, user } = await requireUser(args);
  return formAction(args, async () => {
    const parsed = await parseForm(args.request, form);
    if (!parsed.ok) return formFailure(parsed);
    const { request, service, from, to, ...what } = parsed.value;
    const which = request
      ? { requestIds: [request] }
      : {
          serviceId: service,
          from: from && startOfDay(from, user.timeZone),
          to: to && startOfDay(addDays(to, 1), user.timeZone),
        };
    const dispute = await withWireFields(
      (field) => FIELDS[field] ?? field,
      () => openDispute(ctx, { ...what, ...which } as Parameters<typeof openDispute>[1]),
    );
    return redirectWithFlash(`/buyer/disputes/${dispute.id}`, {
      messageKey: dispute.status === 'open' ? 'disputes:flash.opened' : 'disputes:flash.refunded',
      tone: 'success',
    });
  });
}

export default function BuyerDisputes() {
  const { t } = useTranslation('disputes');
  const { items, page, pageCount, status, ...open } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  return (
    <>
      <PageHeader title={t('title')} description={t('buyerDescription')} />
      <FormAlert error={failure?.error} />
      {open.requestId !== null && <OpenDisputeForm {...open} failure={failure} />}
      <DisputeFilter status={status} />
      <DisputesTable perspective="buyer" disputes={items} />
      <Pagination page={page} pageCount={pageCount} href={disputePageAddress(status)} />
      {open.requestId === null && <OpenDisputeForm {...open} failure={failure} />}
    </>
  );
}
