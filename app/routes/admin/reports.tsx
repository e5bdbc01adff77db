import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { ReportPage } from '../../components/reports/report-page.tsx';
import { loadReportPage } from '../../http/report-page.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation, resolveLocale } from '../../i18n/server.ts';

export const handle = { i18n: ['reports'] };

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const viewer = await requireAdmin(args);
    const t = await getTranslation(args, 'reports');
    const about = { perspective: 'admin', url: args.request.url, locale: await resolveLocale(args) } as const;
    return { title: t('title'), report: await loadReportPage(viewer, about) };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function AdminReports() {
  return <ReportPage data={useLoaderData<typeof loader>().report} />;
}
