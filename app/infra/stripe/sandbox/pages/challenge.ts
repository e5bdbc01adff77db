/** The bank's page (3-D Secure): of a checkout, of a payment, of a card that is saved. */
import type { Request, Response, Router } from 'express';
import { completeChallenge } from '../checkout/complete-checkout.ts';
import { coreOfCustomer, pageUrl, type SandboxCore } from '../core.ts';
import { followPayment } from '../follow-payment.ts';
import { html, layout } from '../html.ts';
import type { CheckoutSession, PaymentIntent, SetupIntent } from '../objects.ts';
import { PAGE_TEXTS } from '../page-texts.ts';
import { confirmPayment } from '../payments/confirm-payment.ts';
import { confirmSetup } from '../payments/confirm-setup.ts';
import type { Sandbox } from '../sandbox.ts';
import { formField, page, pageLocale, parseForm, sendNothing, sendPage } from './request-form.ts';

export function addChallengePages(router: Router, sandbox: Sandbox): void {
  router.get(
    '/challenge/:id',
    page((request, response) => show(sandbox, request, response)),
  );
  router.post(
    '/challenge/:id',
    parseForm,
    page((request, response) => decide(sandbox, request, response)),
  );
}

async function isWaiting(core: SandboxCore, id: string): Promise<boolean> {
  const object = await core.state.findAny(id);
  if (object?.object === 'checkout.session') {
    const session = object as CheckoutSession;
    return session.status === 'open' && session.sandbox.waiting !== null;
  }
  return (object as PaymentIntent | SetupIntent | null)?.status === 'requires_action';
}

async function show(sandbox: Sandbox, request: Request, response: Response): Promise<void> {
  const id = request.params.id ?? '';
  if (!(await sandbox.transact((core) => isWaiting(core, id)))) return sendNothing(request, response);
  const locale = pageLocale(request);
  const t = PAGE_TEXTS[locale];
  const body = html`<h1>${t.challengeTitle}</h1>
    <p>${t.challengeText}</p>
    <form method="post" action="/stripe-sandbox/challenge/${id}" class="stack">
      <button type="submit" name="outcome" value="complete">${t.challengePass}</button>
      <button type="submit" name="outcome" value="fail" class="second">${t.challengeFail}</button>
    </form>`;
  sendPage(response, 200, layout(locale, t.challengeTitle, body));
}

async function decide(sandbox: Sandbox, request: Request, response: Response): Promise<void> {
  const id = request.params.id ?? '';
  const passed = formField(request, 'outcome') === 'complete';
  const target = await sandbox.transact((core) => conclude(core, id, passed));
  if (target === null) return sendNothing(request, response);
  response.redirect(303, target);
}

/** Where the buyer goes on; null: nothing waits here. */
async function conclude(core: SandboxCore, id: string, passed: boolean): Promise<string | null> {
  if (!(await isWaiting(core, id))) return null;
  if (id.startsWith('cs_')) {
    const { session } = await completeChallenge(core, id, passed);
    if (session.status === 'complete')
      return (session.success_url ?? '/').replace('{CHECKOUT_SESSION_ID}', id);
    return pageUrl(core, `checkout/${id}?declined=authentication`);
  }
  if (id.startsWith('seti_')) {
    const setup = await core.state.lock<SetupIntent>('setup_intent', id);
    const { setup: after } = await confirmSetup(core, setup, { authenticated: passed });
    const query = {
      setup_intent: id,
      redirect_status: after.status === 'succeeded' ? 'succeeded' : 'failed',
    };
    return withQuery(setup.next_action?.redirect_to_url?.return_url ?? core.publicUrl, query);
  }
  const payment = await core.state.lock<PaymentIntent>('payment_intent', id);
  const own = await coreOfCustomer(core, payment.customer);
  const confirmed = await confirmPayment(own, payment, { authenticated: passed });
  await followPayment(own, confirmed);
  const invoice = payment.sandbox.invoice;
  const back = payment.next_action?.redirect_to_url?.return_url;
  if (!back && invoice) return pageUrl(core, `invoices/${invoice}`);
  const query = {
    payment_intent: id,
    payment_intent_client_secret: payment.client_secret ?? '',
    redirect_status: confirmed.payment.status === 'succeeded' ? 'succeeded' : 'failed',
  };
  return withQuery(back ?? core.publicUrl, query);
}

function withQuery(address: string, query: Record<string, string>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}
