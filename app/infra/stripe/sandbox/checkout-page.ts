/** The hosted checkout page as HTML; needs no script. */
import { formatMoney, fromCents } from '../../../lib/money.ts';
import type { SessionLine, StoredSession } from './objects.ts';
import type { TEST_CARDS } from './test-cards.ts';
import { groupDigits, type CardForm, type CardProblem } from './test-cards.ts';
import { checkoutLocale, TEXTS, type CheckoutLocale, type CheckoutTexts } from './texts.ts';

export interface CheckoutPageState {
  form: CardForm;
  problems: CardProblem[];
  declineCode: keyof CheckoutTexts['declined'] | null;
}

export const CHOICES = {
  success: '4242424242424242',
  declined: '4000000000000002',
  insufficient: '4000000000009995',
} as const satisfies Record<string, keyof typeof TEST_CARDS>;

/** Trusted markup; everything else that is put into a template is escaped. */
class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function html(parts: TemplateStringsArray, ...values: (string | Html | Html[])[]): Html {
  const render = (value: string | Html | Html[]): string => {
    if (typeof value === 'string') return escape(value);
    return Array.isArray(value) ? value.map((item) => item.text).join('') : value.text;
  };
  return new Html(
    parts.reduce((text, part, i) => text + part + (i < values.length ? render(values[i]!) : ''), ''),
  );
}

const NOTHING = html``;

function layout(locale: CheckoutLocale, heading: string, body: Html): string {
  const t = TEXTS[locale];
  return html`<!doctype html>
    <html lang="${locale}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${heading} · Tollgate</title>
        <link rel="stylesheet" href="/stripe-sandbox/checkout.css" />
      </head>
      <body>
        <header class="banner"><strong>${t.banner}</strong><span>${t.bannerDetail}</span></header>
        <main>${body}</main>
      </body>
    </html>`.text;
}

function field(
  name: CardProblem,
  label: string,
  value: string,
  attributes: Html,
  t: CheckoutTexts,
  problems: CardProblem[],
): Html {
  const wrong = problems.includes(name);
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      value="${value}"
      required
      autocomplete="off"
      ${attributes}${wrong ? html` aria-invalid="true" aria-describedby="${name}-problem"` : NOTHING}
    />
    ${wrong ? html`<p class="problem" id="${name}-problem">${t.problems[name]}</p>` : NOTHING}
  </div>`;
}

function alert(t: CheckoutTexts, { problems, declineCode }: CheckoutPageState): Html {
  if (declineCode === null && problems.length === 0) return NOTHING;
  const detail = declineCode === null ? NOTHING : html`<p>${t.declined[declineCode]}</p>`;
  return html`<div class="alert" role="alert">
    <p><strong>${t.problems.heading}</strong></p>
    ${detail}
  </div>`;
}

function cardChoices(session: StoredSession, t: CheckoutTexts, chosen: string): Html {
  const labels = { success: t.cardSucceeds, declined: t.cardDeclined, insufficient: t.cardInsufficient };
  const items = Object.entries(CHOICES).map(([choice, number]) => {
    const current = chosen.replace(/[\s-]/g, '') === number;
    const label = labels[choice as keyof typeof CHOICES];
    const action = current
      ? html`<span class="chosen">${t.selected}</span>`
      : html`<a href="/stripe-sandbox/checkout/${session.id}?card=${choice}" aria-label="${t.use}: ${label}"
          >${t.use}</a
        >`;
    return html`<li>
      <span><code>${groupDigits(number)}</code><br />${label}</span>${action}
    </li>`;
  });
  return html`<section aria-labelledby="cards-heading" class="cards">
    <h2 id="cards-heading">${t.testCards}</h2>
    <p class="muted">${t.testCardsHint}</p>
    <ul>
      ${items}
    </ul>
  </section>`;
}

/** The page with the card form of an open session. */
export function renderCheckoutPage(session: StoredSession, state: CheckoutPageState): string {
  const locale = checkoutLocale(session.locale);
  const t = TEXTS[locale];
  const money = (cents: number) => formatMoney(fromCents(cents), session.currency.toUpperCase(), locale);
  const price = (line: SessionLine) =>
    line.interval ? `${money(line.amount)} ${t.perInterval[line.interval]}` : money(line.amount);
  const lines = session.sandbox.lines.map(
    (line) =>
      html`<li>
        <span>${line.name}${line.quantity > 1 ? ` × ${line.quantity}` : ''}</span><span>${price(line)}</span>
      </li>`,
  );
  const total = money(session.amount_total);
  const action = session.mode === 'subscription' ? t.subscribe : t.pay;
  const { form, problems } = state;
  return layout(
    locale,
    t.title,
    html`<h1>${t.payWithCard}</h1>
      <ul class="lines">
        ${lines}
      </ul>
      <p class="total"><span>${t.total}</span><strong data-testid="checkout-total">${total}</strong></p>
      ${alert(t, state)}
      <form method="post" action="/stripe-sandbox/checkout/${session.id}">
        ${field('number', t.cardNumber, form.number, html`inputmode="numeric" maxlength="23"`, t, problems)}
        <div class="pair">
          ${field('expiry', `${t.expiry} (${t.expiryHint})`, form.expiry, html`maxlength="7"`, t, problems)}
          ${field('cvc', t.cvc, form.cvc, html`inputmode="numeric" maxlength="4"`, t, problems)}
        </div>
        <button type="submit">${action} ${total}</button>
      </form>
      ${session.cancel_url ? html`<p class="cancel"><a href="${session.cancel_url}">${t.cancel}</a></p>` : NOTHING}
      ${cardChoices(session, t, form.number)}`,
  );
}

/** The page of a session that cannot be paid any more, or never existed (null). */
export function renderClosedPage(session: StoredSession | null, backUrl: string): string {
  const locale = checkoutLocale(session?.locale ?? null);
  const t = TEXTS[locale];
  const heading = session ? t.closedTitle : t.missingTitle;
  const text = session ? (session.status === 'complete' ? t.closedComplete : t.closedExpired) : t.missing;
  return layout(
    locale,
    heading,
    html`<h1>${heading}</h1>
      <p>${text}</p>
      <p><a href="${backUrl}">${t.back}</a></p>`,
  );
}
