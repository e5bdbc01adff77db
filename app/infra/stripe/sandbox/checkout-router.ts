/** The sandbox's pages on our own origin: `/stripe-sandbox/…`. */
import express, { type Request, type Response, type Router } from 'express';
import type { Payments } from '../payments.ts';
import { CHOICES, renderCheckoutPage, renderClosedPage, type CheckoutPageState } from './checkout-page.ts';
import { CHECKOUT_STYLES } from './checkout-styles.ts';
import {
  completeCheckout,
  lockSession,
  type CheckoutForm,
  type CheckoutResult,
} from './checkout/complete-checkout.ts';
import { localeOf } from './html.ts';
import type { CheckoutSession, PaymentMethod } from './objects.ts';
import { addChallengePages } from './pages/challenge.ts';
import { addConnectPages } from './pages/connect.ts';
import { addControlPage } from './pages/control.ts';
import { addPortalPages } from './pages/portal.ts';
import { declinedAs, formField, page, parseForm, readCard, sendPage } from './pages/request-form.ts';
import { applyPromotionCode } from './resources/checkout-sessions.ts';
import type { Sandbox } from './sandbox.ts';
import { SandboxError } from './sandbox-error.ts';
import { checkCard, groupDigits } from './test-cards.ts';

export const GOOD_ANYWAY = { expiry: '12/34', cvc: '123' };

/**
 * Pages of the sandbox. Whoever knows a session's id may pay it, as with Stripe.
 * @throws RangeError with real keys: nothing of the sandbox may be reachable then.
 */
export function createSandboxCheckoutRouter({ sandbox }: Payments): Router {
  if (!sandbox) throw new RangeError('the sandbox is off');
  const router = express.Router();
  router.get('/checkout.css', (_request, response) => {
    response.type('css').set('cache-control', 'public, max-age=300').send(CHECKOUT_STYLES);
  });
  router.get(
    '/checkout/:id',
    page((request, response) => showPage(sandbox, request, response)),
  );
  router.post(
    '/checkout/:id',
    parseForm,
    page((request, response) => pay(sandbox, request, response)),
  );
  router.post(
    '/checkout/:id/code',
    parseForm,
    page((request, response) => useCode(sandbox, request, response)),
  );
  addChallengePages(router, sandbox);
  addPortalPages(router, sandbox);
  addConnectPages(router, sandbox);
  addControlPage(router, sandbox);
  return router;
}

const localeFor = (request: Request, session: CheckoutSession | null) =>
  localeOf(session?.locale, request.get('accept-language'));

function sendClosed(request: Request, response: Response, session: CheckoutSession | null): void {
  sendPage(response, session ? 410 : 404, renderClosedPage(session, '/', localeFor(request, session)));
}

/** Null for an id that was never given out. */
function findSession(sandbox: Sandbox, id: string): Promise<CheckoutSession | null> {
  return sandbox
    .transact((core) => lockSession(core, id))
    .catch((error: unknown) => {
      if (error instanceof SandboxError && error.status === 404) return null;
      throw error;
    });
}

export function savedMethods(sandbox: Sandbox, customer: string | null): Promise<PaymentMethod[]> {
  if (customer === null) return Promise.resolve([]);
  return sandbox.transact((core) =>
    core.state.list<PaymentMethod>('payment_method', { match: { customer }, limit: 5 }),
  );
}

/** The form as it first stands: filled in with the test card that was chosen. */
export function chosenCard(request: Request): CheckoutPageState {
  const choice = request.query.card;
  const number = Object.entries(CHOICES).find(([name]) => name === choice)?.[1] ?? CHOICES.success;
  return {
    form: { number: groupDigits(number), ...GOOD_ANYWAY },
    problems: [],
    declined: null,
    isNewCard: choice !== undefined,
  };
}

async function render(
  sandbox: Sandbox,
  request: Request,
  response: Response,
  session: CheckoutSession,
  status: number,
  state: CheckoutPageState,
): Promise<void> {
  const methods = await savedMethods(sandbox, session.customer);
  sendPage(response, status, renderCheckoutPage(session, state, localeFor(request, session), methods));
}

async function showPage(sandbox: Sandbox, request: Request, response: Response): Promise<void> {
  const session = await findSession(sandbox, request.params.id ?? '');
  if (session?.status !== 'open') return sendClosed(request, response, session);
  const declined = request.query.declined === 'authentication' ? 'authentication' : null;
  await render(sandbox, request, response, session, 200, { ...chosenCard(request), declined });
}

async function useCode(sandbox: Sandbox, request: Request, response: Response): Promise<void> {
  const id = request.params.id ?? '';
  const session = await findSession(sandbox, id);
  if (session?.status !== 'open') return sendClosed(request, response, session);
  const applied = await sandbox.transact((core) => applyPromotionCode(core, id, formField(request, 'code')));
  if (applied) return response.redirect(303, `/stripe-sandbox/checkout/${id}`);
  await render(sandbox, request, response, session, 400, { ...chosenCard(request), isCodeBad: true });
}

/** The card of the form: a saved one of this customer's, a new one, or none where none is needed. */
async function readPayment(
  sandbox: Sandbox,
  request: Request,
  session: CheckoutSession,
): Promise<CheckoutForm | { problems: CheckoutPageState['problems'] }> {
  const taxValue = formField(request, 'tax_id').trim();
  const details = {
    taxId: taxValue === '' ? null : { type: formField(request, 'tax_type'), value: taxValue },
    businessName: formField(request, 'business').trim() || null,
  };
  const chosen = formField(request, 'method');
  const methods = await savedMethods(sandbox, session.customer);
  const saved = methods.find(({ id }) => id === chosen);
  if (saved) return { card: { saved: saved.id }, ...details };
  const isNeeded =
    (session.amount_total ?? 0) > 0 ||
    session.mode === 'setup' ||
    session.payment_method_collection === 'always';
  if (!isNeeded) return { card: null, ...details };
  const card = checkCard(readCard(request), sandbox.clock.date());
  return 'problems' in card ? card : { card, ...details };
}

async function pay(sandbox: Sandbox, request: Request, response: Response): Promise<void> {
  const id = request.params.id ?? '';
  const session = await findSession(sandbox, id);
  if (!session) return sendClosed(request, response, null);
  // Pressing the button twice ends where pressing it once does.
  if (session.status === 'complete') return goBack(response, session);
  if (session.status !== 'open') return sendClosed(request, response, session);
  const form = readCard(request);
  const payment = await readPayment(sandbox, request, session);
  if ('problems' in payment)
    return render(sandbox, request, response, session, 400, {
      form,
      problems: payment.problems,
      declined: null,
    });
  const result = await sandbox.transact((core) => completeCheckout(core, id, payment));
  if (result.outcome === 'declined') {
    const state = { form, problems: [], declined: declinedAs(result.refusal) };
    return render(sandbox, request, response, result.session, 402, state);
  }
  answerCheckout(request, response, result);
}

/** Where a checkout that was not refused goes on. */
function answerCheckout(request: Request, response: Response, result: CheckoutResult): void {
  if (result.outcome === 'challenge') return response.redirect(303, result.url);
  if (result.session.status !== 'complete') return sendClosed(request, response, result.session);
  goBack(response, result.session);
}

function goBack(response: Response, session: CheckoutSession): void {
  response.redirect(303, (session.success_url ?? '/').replace('{CHECKOUT_SESSION_ID}', session.id));
}
