import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { FileDown } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Alert } from '../../components/ui/alert.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { Card, CardBody } from '../../components/ui/card.tsx';
import { CodeBlock } from '../../components/ui/code-block.tsx';
import { PageHeader, Section } from '../../components/ui/page.tsx';
import { checkReceipts, getReceipt } from '../../domain/receipts/index.ts';
import { requireUser } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['receipts'] };

/** For the call's buyer and seller; others find nothing here. */
export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireUser(args);
  return pageLoader(args, async () => {
    const t = await getTranslation(args, 'receipts');
    const requestId = args.params['requestId'] ?? '';
    const receipt = await getReceipt(ctx, { requestId });
    const { ok } = await checkReceipts(ctx, { text: JSON.stringify(receipt), partial: true });
    return {
      title: t('one.title'),
      requestId,
      receipt,
      isGenuine: ok,
      content: JSON.stringify(JSON.parse(receipt.payload), null, 2),
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function Receipt() {
  const { t } = useTranslation('receipts');
  const { requestId, receipt, isGenuine, content } = useLoaderData<typeof loader>();
  const facts: [string, string][] = [
    [t('one.hash'), receipt.hash],
    [t('one.signature'), receipt.signature],
    [t('one.signingKey'), receipt.signing_key_id],
  ];
  return (
    <>
      <PageHeader
        title={t('one.title')}
        description={
          <>
            {t('one.description')} <code className="text-sm break-all">{requestId}</code>
          </>
        }
        breadcrumbs={[{ to: '/receipts', label: t('title') }]}
        actions={
          <ButtonLink
            to={`/api/v1/receipts/${requestId}`}
            reloadDocument
            download={`${requestId}.json`}
            variant="secondary"
            size="sm"
          >
            <FileDown aria-hidden />
            {t('one.download')}
          </ButtonLink>
        }
      />
      <div className="mt-6 grid max-w-4xl gap-6">
        <Alert tone={isGenuine ? 'success' : 'danger'}>
          {t(isGenuine ? 'one.genuine' : 'one.notGenuine')}
        </Alert>
        <Card>
          <CardBody>
            <dl className="grid gap-x-6 gap-y-3 text-sm sm:grid-cols-[auto_1fr]">
              {facts.map(([label, value]) => (
                <div key={label} className="contents">
                  <dt className="text-muted">{label}</dt>
                  <dd className="min-w-0">
                    <code className="text-xs break-all">{value}</code>
                  </dd>
                </div>
              ))}
            </dl>
          </CardBody>
        </Card>
        <Section title={t('one.payload')}>
          <CodeBlock code={content} language="json" />
        </Section>
      </div>
    </>
  );
}
