/** Where an invoice's numbers come from, and what happened to it. */
import { useTranslation } from 'react-i18next';
import type { ReviewedInvoice } from '../../domain/invoices/index.ts';
import { dynamicText } from '../../i18n/dynamic.ts';
import { formatMoney } from '../../lib/money.ts';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { DateTime, Money, Num } from '../ui/format.tsx';
import { Section } from '../ui/page.tsx';
import { Table } from '../ui/table.tsx';
import { useViewerPreferences } from '../viewer-preferences.tsx';

function Sources({ invoice }: { invoice: ReviewedInvoice }) {
  const { t } = useTranslation('invoices');
  const { currency } = invoice;
  const usageNanos = invoice.lines
    .filter((line) => line.kind === 'usage')
    .reduce((sum, line) => sum + line.exactNanos, 0n);
  return (
    <Card>
      <CardHeader title={t('decide.sources')} />
      <CardBody>
        <dl className="grid gap-x-6 gap-y-3 text-sm sm:grid-cols-3">
          <div>
            <dt className="text-muted">{t('decide.usage')}</dt>
            <dd>
              <Money nanos={usageNanos} currency={currency} />
            </dd>
          </div>
          <div>
            <dt className="text-muted">{t('decide.onCredit')}</dt>
            <dd>
              <Money nanos={invoice.creditNanos} currency={currency} />
            </dd>
          </div>
          <div>
            <dt className="text-muted">{t('decide.posted')}</dt>
            <dd>
              <Money nanos={invoice.postedNanos} currency={currency} />
            </dd>
          </div>
          <div className="min-w-0">
            <dt className="text-muted">{t('decide.stripe')}</dt>
            <dd className="wrap-anywhere">
              {invoice.stripeInvoiceId ? <code>{invoice.stripeInvoiceId}</code> : t('decide.none')}
            </dd>
          </div>
          <div>
            <dt className="text-muted">{t('decide.attempts')}</dt>
            <dd>
              <Num value={invoice.attempts} />
            </dd>
          </div>
          <div>
            <dt className="text-muted">{t('decide.nextAttempt')}</dt>
            <dd>{invoice.nextAttemptAt ? <DateTime value={invoice.nextAttemptAt} /> : t('decide.none')}</dd>
          </div>
        </dl>
        {invoice.lastError && (
          <p className="text-danger mt-3 text-sm wrap-anywhere">
            {t('decide.lastError', { error: invoice.lastError })}
          </p>
        )}
      </CardBody>
    </Card>
  );
}

const NANOS = /^-?\d+$/;

/** What an audit event says beyond its name: an amount and a reason, where it has them. */
function useEventFacts(currency: string) {
  const { locale } = useViewerPreferences();
  return (after: Record<string, unknown> | null): string => {
    const { amount, reason, number, creditNote } = after ?? {};
    const parts: string[] = [];
    if (typeof number === 'string') parts.push(number);
    if (typeof creditNote === 'string') parts.push(creditNote);
    if (typeof amount === 'string' && NANOS.test(amount)) {
      parts.push(formatMoney(BigInt(amount), currency, locale));
    }
    if (typeof reason === 'string') parts.push(reason);
    return parts.join(' · ');
  };
}

export function InvoiceTrail({ invoice }: { invoice: ReviewedInvoice }) {
  const { t } = useTranslation('invoices');
  const facts = useEventFacts(invoice.currency);
  const name = (action: string) => {
    const [, event = action] = action.split('.');
    return dynamicText(t)(`event.${event}`, { defaultValue: action });
  };
  return (
    <>
      <Sources invoice={invoice} />
      {invoice.timeline.length > 0 && (
        <Section title={t('decide.timeline')}>
          <Card>
            <Table
              caption={t('decide.timeline')}
              rows={invoice.timeline}
              rowKey={(event) => event.id}
              columns={[
                {
                  key: 'createdAt',
                  header: t('column.when'),
                  render: (event) => <DateTime value={event.createdAt} />,
                },
                {
                  key: 'action',
                  header: t('column.description'),
                  render: (event) => (
                    <>
                      <span className="block font-medium">{name(event.action)}</span>
                      <span className="text-muted block text-sm wrap-anywhere">{facts(event.after)}</span>
                    </>
                  ),
                },
                {
                  key: 'actor',
                  header: t('column.who'),
                  render: (event) => <span className="wrap-anywhere">{event.actor}</span>,
                },
              ]}
            />
          </Card>
        </Section>
      )}
    </>
  );
}
