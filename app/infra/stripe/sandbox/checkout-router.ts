/** The hosted checkout page on our own origin: `/stripe-sandbox/checkout/<session>`. */
import express, { type Request, type Response, type Router } from 'express';
import type { Payments } from '../payments.ts';
import { CHOICES, renderCheckoutPage, renderClosedPage, type CheckoutPageState } from './checkout-page.ts';
import { CHECKOUT_STYLES } from './checkout-styles.ts';
import type { StoredSession } from './objects.ts';
import type { Sandbox } from './sandbox.ts';
import { checkCard, groupDigits, type CardForm } from './test-cards.ts';

const MAX_FORM = '8kb';
const MAX_FIELD_CHARS = 32;
const GOOD_ANYWAY = { expiry: '12/34', cvc: '123' };

/**
 * Pages of the sandbox. Whoever knows a session's id may pay it, as with Stripe.
 * @throws RangeError with real keys: nothing of the sandbox may be reachable then.
 */
export function createSandboxCheckoutRouter({ sandbox }: Payments): Router {
  if (!sandbox) throw new RangeError('the sandbox is off');
  const router = express.Router();
  router.get('/checkout.css', (_request, response) => {
    response.type('css').set('cache-control', 'public, max-age=3600').send(CHECKOUT_STYLES);
  });
  router.get('/checkout/:id', (request, response, next) => {
    showPage(sandbox, request, response).catch(next);
  });
  router.post(
    '/checkout/:id',
    express.urlencoded({ extended: false, limit: MAX_FORM }),
    (request, response, next) => {
      pay(sandbox, request, response).catch(next);
    },
  );
  return router;
}

function send(response: Response, status: number, page: string): void {
  response.status(status).type('html').set('cache-control', 'no-store').send(page);
}

function sendClosed(response: Response, session: StoredSession | null): void {
  send(response, session ? 410 : 404, renderClosedPage(session, '/'));
}

async function showPage(sandbox: Sandbox, request: Request, response: Response): Promise<void> {
  const session = await sandbox.findSession(request.params.id ?? '');
  if (session?.status !== 'open') return sendClosed(response, session);
  const choice = request.query.card;
  const number = Object.entries(CHOICES).find(([name]) => name === choice)?.[1] ?? CHOICES.success;
  const state: CheckoutPageState = {
    form: { number: groupDigits(number), ...GOOD_ANYWAY },
    problems: [],
    declineCode: null,
  };
  send(response, 200, renderCheckoutPage(session, state));
}

function readForm(body: unknown): CardForm {
  const fields = (body ?? {}) as Record<string, unknown>;
  const text = (name: string): string => {
    const value = fields[name];
    return typeof value === 'string' ? value.slice(0, MAX_FIELD_CHARS) : '';
  };
  return { number: text('number'), expiry: text('expiry'), cvc: text('cvc') };
}

async function pay(sandbox: Sandbox, request: Request, response: Response): Promise<void> {
  const id = request.params.id ?? '';
  const session = await sandbox.findSession(id);
  if (!session) return sendClosed(response, null);
  // Pressing the button twice ends where pressing it once does.
  if (session.status === 'complete') return goBack(response, session);
  if (session.status !== 'open') return sendClosed(response, session);
  const form = readForm(request.body);
  const card = checkCard(form, sandbox.clock.date());
  if ('problems' in card) {
    const state = { form, problems: card.problems, declineCode: null };
    return send(response, 400, renderCheckoutPage(session, state));
  }
  const result = await sandbox.completeCheckout(id, card);
  if (result.outcome === 'declined') {
    const state = { form, problems: [], declineCode: card.declineCode };
    return send(response, 402, renderCheckoutPage(result.session, state));
  }
  if (result.session.status !== 'complete') return sendClosed(response, result.session);
  goBack(response, result.session);
}

function goBack(response: Response, session: StoredSession): void {
  response.redirect(303, session.success_url.replace('{CHECKOUT_SESSION_ID}', session.id));
}
