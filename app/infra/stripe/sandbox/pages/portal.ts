/** The customer portal, and the page of one invoice. */
import type { Request, Response, Router } from 'express';
import { formatMoney, fromCents } from '../../../../lib/money.ts';
import { changeSubscription } from '../billing/update-subscription.ts';
import { collectInvoice } from '../billing/invoices.ts';
import { alert, cardChoices, cardFields, CHOICES, type CheckoutPageState } from '../checkout-page.ts';
import { coreOfCustomer, emitEvent, pageUrl, type SandboxCore } from '../core.ts';
import { html, layout, type Html } from '../html.ts';
import type { Customer, Invoice, PaymentMethod, PortalSession, Subscription } from '../objects.ts';
import { productName } from '../billing/subscriptions.ts';
import { PAGE_TEXTS, type PageTexts } from '../page-texts.ts';
import { confirmSetup, createSetup } from '../payments/confirm-setup.ts';
import { createCard } from '../payments/payment-methods.ts';
import type { Sandbox } from '../sandbox.ts';
import { SandboxError } from '../sandbox-error.ts';
import { checkCard, groupDigits } from '../test-cards.ts';
import { TEXTS, type CheckoutLocale } from '../texts.ts';
import {
  declinedAs,
  formField,
  page,
  pageLocale,
  parseForm,
  readCard,
  sendNothing,
  sendPage,
} from './request-form.ts';

const SESSION_LIFETIME_SECONDS = 3_600;
const SHOWN = 12;

export function addPortalPages(router: Router, sandbox: Sandbox): void {
  router.get(
    '/portal/:id',
    page((request, response) => showPortal(sandbox, request, response, null)),
  );
  router.post(
    '/portal/:id',
    parseForm,
    page((request, response) => act(sandbox, request, response)),
  );
  router.get(
    '/invoices/:id',
    page((request, response) => showInvoice(sandbox, request, response, null)),
  );
  router.get(
    '/invoices/:id/pdf',
    page((request, response) => downloadInvoice(sandbox, request, response)),
  );
  router.post(
    '/invoices/:id',
    parseForm,
    page((request, response) => payInvoice(sandbox, request, response)),
  );
}

function freshState(request: Request): CheckoutPageState {
  const choice = request.query.card;
  const number = Object.entries(CHOICES).find(([name]) => name === choice)?.[1] ?? CHOICES.success;
  return { form: { number: groupDigits(number), expiry: '12/34', cvc: '123' }, problems: [], declined: null };
}

interface PortalView {
  session: PortalSession;
  customer: Customer;
  methods: PaymentMethod[];
  subscriptions: { subscription: Subscription; name: string }[];
  invoices: Invoice[];
}

/** Null: expired, or never given out. */
async function readPortal(core: SandboxCore, id: string): Promise<PortalView | null> {
  const session = await core.state.find<PortalSession>('billing_portal.session', id);
  if (!session || core.now() > session.created + SESSION_LIFETIME_SECONDS) return null;
  const match = { customer: session.customer };
  const subscriptions = await core.state.list<Subscription>('subscription', { match, limit: SHOWN });
  const named: PortalView['subscriptions'] = [];
  for (const subscription of subscriptions) {
    const item = subscription.items.data[0];
    if (item && subscription.status !== 'incomplete_expired')
      named.push({ subscription, name: await productName(core, item.price) });
  }
  const invoices = await core.state.list<Invoice>('invoice', { match, limit: SHOWN });
  return {
    session,
    customer: await core.state.get<Customer>('customer', session.customer),
    methods: await core.state.list<PaymentMethod>('payment_method', { match, limit: SHOWN }),
    subscriptions: named,
    invoices: invoices.filter(({ status }) => status !== 'draft'),
  };
}

const dateOf = (seconds: number, locale: CheckoutLocale): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(seconds * 1000));
const moneyOf = (cents: number, currency: string, locale: CheckoutLocale): string =>
  formatMoney(fromCents(cents), currency.toUpperCase(), locale);

async function showPortal(
  sandbox: Sandbox,
  request: Request,
  response: Response,
  failed: CheckoutPageState | null,
): Promise<void> {
  const view = await sandbox.transact((core) => readPortal(core, request.params.id ?? ''));
  if (!view) return sendNothing(request, response);
  const locale = pageLocale(request, view.session.locale);
  const state = failed ?? freshState(request);
  sendPage(response, failed ? 402 : 200, renderPortal(view, locale, state));
}

function renderPortal(view: PortalView, locale: CheckoutLocale, state: CheckoutPageState): string {
  const { session, customer, methods, invoices } = view;
  const t = PAGE_TEXTS[locale];
  const path = `/stripe-sandbox/portal/${session.id}`;
  const button = (action: string, id: string, words: string) =>
    html`<form method="post" action="${path}">
      <input type="hidden" name="id" value="${id}" />
      <button type="submit" name="action" value="${action}" class="small">${words}</button>
    </form>`;
  const current = customer.invoice_settings.default_payment_method;
  const cards = methods.map(
    (method) =>
      html`<li>
        <span>${(method.card?.brand ?? '').toUpperCase()} •••• ${method.card?.last4 ?? ''}</span>
        ${method.id === current ? html`<span class="chosen">${t.isDefault}</span>` : button('default', method.id, t.makeDefault)}
        ${button('detach', method.id, t.remove)}
      </li>`,
  );
  return layout(
    locale,
    t.portalTitle,
    html`<h1>${t.portalTitle}</h1>
      <h2>${t.subscriptions}</h2>
      ${subscriptionList(view, locale, t, button)}
      <h2>${t.paymentMethods}</h2>
      ${
        cards.length === 0
          ? html`<p class="muted">${t.noMethods}</p>`
          : html`<ul class="rows">
              ${cards}
            </ul>`
      }
      ${alert(TEXTS[locale], state)}
      <details class="add" ${(state.declined !== null || state.problems.length > 0) && html`open`}>
        <summary>${t.addCard}</summary>
        <form method="post" action="${path}">
          ${cardFields(TEXTS[locale], state)}
          <button type="submit" name="action" value="add">${TEXTS[locale].save}</button>
        </form>
        ${cardChoices(path, TEXTS[locale], state.form.number)}
      </details>
      <h2>${t.invoices}</h2>
      ${
        invoices.length === 0
          ? html`<p class="muted">${t.noInvoices}</p>`
          : html`<ul class="rows">
              ${invoices.map((invoice) => invoiceRow(invoice, locale))}
            </ul>`
      }
      ${session.return_url && html`<p class="cancel"><a href="${session.return_url}">${t.goBack}</a></p>`}`,
  );
}

function subscriptionList(
  { subscriptions }: PortalView,
  locale: CheckoutLocale,
  t: PageTexts,
  button: (action: string, id: string, words: string) => Html,
): Html {
  if (subscriptions.length === 0) return html`<p class="muted">${t.noSubscriptions}</p>`;
  const rows = subscriptions.map(({ subscription, name }) => {
    const isOver = subscription.status === 'canceled';
    const ends = subscription.cancel_at ?? subscription.ended_at;
    const end = subscription.items.data[0]?.current_period_end ?? 0;
    const when =
      ends !== null ? `${t.endsOn} ${dateOf(ends, locale)}` : `${t.renewsOn} ${dateOf(end, locale)}`;
    return html`<li>
      <span>${name}<br /><span class="muted">${subscription.status} · ${when}</span></span>
      ${!isOver && (subscription.cancel_at_period_end ? button('keep', subscription.id, t.keepPlan) : button('cancel', subscription.id, t.cancelPlan))}
    </li>`;
  });
  return html`<ul class="rows">
    ${rows}
  </ul>`;
}

const invoiceRow = (invoice: Invoice, locale: CheckoutLocale): Html =>
  html`<li>
    <a href="/stripe-sandbox/invoices/${invoice.id}">${invoice.number ?? ''}</a>
    <span class="muted">${dateOf(invoice.created, locale)} · ${invoice.status ?? ''}</span>
    <span class="amount">${moneyOf(invoice.total, invoice.currency, locale)}</span>
  </li>`;

async function act(sandbox: Sandbox, request: Request, response: Response): Promise<void> {
  const id = request.params.id ?? '';
  const view = await sandbox.transact((core) => readPortal(core, id));
  if (!view) return sendNothing(request, response);
  const action = formField(request, 'action');
  if (action === 'add') return addCard(sandbox, request, response, view);
  const subject = formField(request, 'id');
  await sandbox.transact(async (core) => {
    const own = await coreOfCustomer(core, view.customer.id);
    if (view.methods.some((method) => method.id === subject))
      await changeMethod(own, view.customer.id, subject, action);
    if (view.subscriptions.some(({ subscription }) => subscription.id === subject))
      await changePlan(own, subject, action);
  });
  response.redirect(303, `/stripe-sandbox/portal/${id}`);
}

async function changeMethod(
  core: SandboxCore,
  customerId: string,
  methodId: string,
  action: string,
): Promise<void> {
  const customer = await core.state.lock<Customer>('customer', customerId);
  const method = await core.state.lock<PaymentMethod>('payment_method', methodId);
  const current = customer.invoice_settings.default_payment_method;
  if (action === 'default') return setDefault(core, customer, methodId);
  if (action !== 'detach') return;
  await core.state.put<PaymentMethod>({ ...method, customer: null });
  await emitEvent(core, 'payment_method.detached', { ...method, customer: null } as PaymentMethod, {
    previous: { customer: customerId },
  });
  if (current === methodId) await setDefault(core, customer, null);
}

async function setDefault(core: SandboxCore, customer: Customer, method: string | null): Promise<void> {
  const updated = await core.state.put<Customer>({
    ...customer,
    invoice_settings: { ...customer.invoice_settings, default_payment_method: method },
  });
  await emitEvent(core, 'customer.updated', updated);
}

async function changePlan(core: SandboxCore, id: string, action: string): Promise<void> {
  const subscription = await core.state.lock<Subscription>('subscription', id);
  if (subscription.status === 'canceled' || (action !== 'cancel' && action !== 'keep')) return;
  const ends = action === 'cancel';
  const end = subscription.items.data[0]?.current_period_end ?? null;
  await changeSubscription(core, subscription, {
    fields: {
      cancel_at_period_end: ends,
      cancel_at: ends ? end : null,
      canceled_at: ends ? core.now() : null,
    },
  });
}

async function addCard(
  sandbox: Sandbox,
  request: Request,
  response: Response,
  view: PortalView,
): Promise<void> {
  const form = readCard(request);
  const card = checkCard(form, sandbox.clock.date());
  if ('problems' in card)
    return showPortal(sandbox, request, response, { form, problems: card.problems, declined: null });
  const { setup, refusal } = await sandbox.transact(async (core) => {
    const own = await coreOfCustomer(core, view.customer.id);
    const method = await createCard(own, card);
    const setup = await createSetup(own, { customer: view.customer.id, paymentMethod: method.id });
    const returnUrl = pageUrl(core, `portal/${view.session.id}`);
    const result = await confirmSetup(own, setup, { returnUrl });
    const customer = await own.state.lock<Customer>('customer', view.customer.id);
    const isFirst = !customer.invoice_settings.default_payment_method;
    if (result.setup.status === 'succeeded' && isFirst) await setDefault(own, customer, method.id);
    return result;
  });
  if (refusal)
    return showPortal(sandbox, request, response, { form, problems: [], declined: declinedAs(refusal) });
  response.redirect(
    303,
    setup.next_action?.redirect_to_url?.url ?? `/stripe-sandbox/portal/${view.session.id}`,
  );
}

function findInvoice(sandbox: Sandbox, id: string): Promise<Invoice | null> {
  return sandbox.transact((core) => core.state.find<Invoice>('invoice', id));
}

async function showInvoice(
  sandbox: Sandbox,
  request: Request,
  response: Response,
  failed: CheckoutPageState | null,
): Promise<void> {
  const invoice = await findInvoice(sandbox, request.params.id ?? '');
  if (!invoice || invoice.status === 'draft') return sendNothing(request, response);
  const locale = pageLocale(request);
  const t = PAGE_TEXTS[locale];
  const state = failed ?? freshState(request);
  const path = `/stripe-sandbox/invoices/${invoice.id}`;
  const money = (cents: number) => moneyOf(cents, invoice.currency, locale);
  const heading = `${t.invoiceTitle} ${invoice.number ?? ''}`;
  const form = html`${alert(TEXTS[locale], state)}
    <form method="post" action="${path}">
      ${cardFields(TEXTS[locale], state)}
      <button type="submit">${t.payInvoice} ${money(invoice.amount_remaining)}</button>
    </form>
    ${cardChoices(path, TEXTS[locale], state.form.number)}`;
  const body = html`<h1>${heading}</h1>
    <p class="muted">${dateOf(invoice.created, locale)} · ${invoice.status ?? ''}</p>
    <ul class="lines">
      ${invoice.lines.data.map((line) => html`<li><span>${line.description ?? ''}</span><span class="amount">${money(line.amount)}</span></li>`)}
    </ul>
    <p class="total"><span>${t.amountDue}</span><strong>${money(invoice.amount_remaining)}</strong></p>
    ${invoice.status === 'open' && form}
    <p class="cancel"><a href="${path}/pdf">${t.download}</a></p>`;
  sendPage(response, failed ? 402 : 200, layout(locale, heading, body));
}

async function payInvoice(sandbox: Sandbox, request: Request, response: Response): Promise<void> {
  const id = request.params.id ?? '';
  const form = readCard(request);
  const card = checkCard(form, sandbox.clock.date());
  if ('problems' in card)
    return showInvoice(sandbox, request, response, { form, problems: card.problems, declined: null });
  const result = await sandbox.transact(async (core) => {
    const invoice = await core.state.lock<Invoice>('invoice', id);
    if (invoice.status !== 'open')
      throw new SandboxError(410, { type: 'invalid_request_error', message: 'The invoice is not open.' });
    const own = await coreOfCustomer(core, invoice.customer);
    const method = await createCard(own, card);
    return collectInvoice(own, invoice, {
      paymentMethod: method.id,
      offSession: false,
      returnUrl: pageUrl(core, `invoices/${id}`),
    });
  });
  const refusal = result.confirmed?.refusal;
  if (refusal)
    return showInvoice(sandbox, request, response, { form, problems: [], declined: declinedAs(refusal) });
  response.redirect(
    303,
    result.confirmed?.payment.next_action?.redirect_to_url?.url ?? `/stripe-sandbox/invoices/${id}`,
  );
}

/** Stripe gives a PDF here; the sandbox gives its words. */
async function downloadInvoice(sandbox: Sandbox, request: Request, response: Response): Promise<void> {
  const invoice = await findInvoice(sandbox, request.params.id ?? '');
  if (!invoice || invoice.status === 'draft') return sendNothing(request, response);
  const lines = invoice.lines.data.map(
    (line) => `${line.description ?? ''}\t${moneyOf(line.amount, invoice.currency, 'en')}`,
  );
  const text = [
    TEXTS.en.banner,
    `Invoice ${invoice.number ?? ''}`,
    ...lines,
    `Total\t${moneyOf(invoice.total, invoice.currency, 'en')}`,
  ];
  response
    .type('text/plain')
    .attachment(`${invoice.number ?? invoice.id}.txt`)
    .send(text.join('\n'));
}
