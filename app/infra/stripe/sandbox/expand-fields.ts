/** `expand`: ids become the objects they name, and parts that are left out by default are put in. */
import { withoutPrivateParts, type SandboxCore } from './core.ts';
import type { Base, CheckoutSession, Invoice, PaymentIntent } from './objects.ts';
import { shownLines } from './resources/checkout-sessions.ts';
import { invalidRequest } from './sandbox-error.ts';

type Fields = Record<string, unknown>;

/** The answer as it leaves: private parts off, what was asked for expanded. */
export async function presentAnswer(core: SandboxCore, answer: object, expand: string[]): Promise<object> {
  const result = await Promise.all([present(core, answer as Fields, expand)]);
  return result[0];
}

async function present(core: SandboxCore, object: Fields, expand: string[]): Promise<Fields> {
  const shown = withoutPrivateParts(object);
  const result: Fields = { ...shown };
  if (result.object === 'list' && Array.isArray(result.data)) {
    const inner = expand.filter((path) => path.startsWith('data.')).map((path) => path.slice('data.'.length));
    const items: Fields[] = [];
    for (const item of result.data as Fields[]) items.push(await present(core, item, inner));
    result.data = items;
    return result;
  }
  for (const head of new Set(expand.map((path) => path.split('.')[0] ?? ''))) {
    const rest = expand
      .filter((path) => path.startsWith(`${head}.`))
      .map((path) => path.slice(head.length + 1));
    result[head] = await expandField(core, object, result[head], head, rest);
  }
  return result;
}

async function expandField(
  core: SandboxCore,
  owner: Fields,
  value: unknown,
  name: string,
  rest: string[],
): Promise<unknown> {
  if (value === null) return null;
  if (typeof value === 'string') {
    const found = await core.state.findAny(value);
    return found ? present(core, found as unknown as Fields, rest) : value;
  }
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) items.push(await expandField(core, owner, item, name, rest));
    return items;
  }
  if (typeof value === 'object') return present(core, value as Fields, rest);
  const included = await include(core, owner as unknown as Base, name);
  if (included === undefined) throw invalidRequest(`This property cannot be expanded (${name}).`, 'expand');
  return included === null ? null : present(core, included as Fields, rest);
}

/** What Stripe leaves out unless it is asked for; undefined: there is no such part. */
async function include(core: SandboxCore, owner: Base, name: string): Promise<object | null | undefined> {
  const list = async (type: string, match: object) => ({
    object: 'list',
    data: await core.state.list(type, { match, limit: 10 }),
    has_more: false,
    url: `/v1/${type}s`,
  });
  switch (`${owner.object}.${name}`) {
    case 'checkout.session.line_items':
      return shownLines(owner as CheckoutSession);
    case 'invoice.payments':
      return list('invoice_payment', { invoice: owner.id });
    case 'invoice.confirmation_secret': {
      const id = (owner as Invoice).sandbox.paymentIntent;
      const payment = id ? await core.state.find<PaymentIntent>('payment_intent', id) : null;
      return payment && { client_secret: payment.client_secret, type: 'payment_intent' };
    }
    case 'customer.tax_ids':
      return list('tax_id', { customer: owner.id });
    case 'customer.subscriptions':
      return list('subscription', { customer: owner.id });
    case 'charge.refunds':
      return list('refund', { charge: owner.id });
    case 'subscription.test_clock':
    case 'customer.discount':
      return null;
    default:
      return undefined;
  }
}
