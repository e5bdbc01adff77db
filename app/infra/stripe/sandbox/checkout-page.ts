/** The hosted checkout page as HTML; needs no script. */
import { formatMoney, fromCents } from '../../../lib/money.ts';
import { html, layout, type Html } from './html.ts';
import type { CheckoutSession, PaymentMethod, SessionLine } from './objects.ts';
import { groupDigits, type CardForm, type CardProblem } from './test-cards.ts';
import { TEXTS, type CardChoice, type CheckoutLocale, type CheckoutTexts, type Declined } from './texts.ts';

export interface CheckoutPageState {
  form: CardForm;
  problems: CardProblem[];
  declined: Declined | null;
  /** The promotion code that was typed cannot be used. */
  isCodeBad?: boolean;
  /** A card was picked from the list: it is to be used, not a saved one. */
  isNewCard?: boolean;
}

export const CHOICES: Record<CardChoice, string> = {
  success: '4242424242424242',
  declined: '4000000000000002',
  insufficient: '4000000000009995',
  challenge: '4000000000003220',
  setup: '4000002500003155',
  expired: '4000000000000069',
  later: '4000000000000341',
  disputed: '4000000000000259',
  available: '4000000000000077',
};
const COMMON: CardChoice[] = ['success', 'declined', 'insufficient', 'challenge'];
export const TAX_ID_TYPES = ['eu_vat', 'gb_vat', 'us_ein', 'jp_trn', 'jp_cn', 'tw_vat', 'cn_tin'];

interface FieldOptions {
  name: string;
  label: string;
  value: string;
  attributes?: Html;
  problem?: string | false;
}

export function field({ name, label, value, attributes, problem }: FieldOptions): Html {
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      value="${value}"
      autocomplete="off"
      ${attributes ?? ''}${problem ? html` aria-invalid="true" aria-describedby="${name}-problem"` : ''}
    />
    ${problem ? html`<p class="problem" id="${name}-problem">${problem}</p>` : ''}
  </div>`;
}

export function cardFields(t: CheckoutTexts, { form, problems }: CheckoutPageState, isNeeded = true): Html {
  const required = isNeeded ? html`required` : html``;
  const problem = (name: CardProblem) => problems.includes(name) && t.problems[name];
  return html`${field({
      name: 'number',
      label: t.cardNumber,
      value: form.number,
      attributes: html`${required} inputmode="numeric" maxlength="23"`,
      problem: problem('number'),
    })}
    <div class="pair">
      ${field({
        name: 'expiry',
        label: `${t.expiry} (${t.expiryHint})`,
        value: form.expiry,
        attributes: html`${required} maxlength="7"`,
        problem: problem('expiry'),
      })}
      ${field({
        name: 'cvc',
        label: t.cvc,
        value: form.cvc,
        attributes: html`${required} inputmode="numeric" maxlength="4"`,
        problem: problem('cvc'),
      })}
    </div>`;
}

export function alert(t: CheckoutTexts, { problems, declined }: CheckoutPageState): Html {
  if (declined === null && problems.length === 0) return html``;
  return html`<div class="alert" role="alert">
    <p><strong>${t.problems.heading}</strong></p>
    ${declined !== null && html`<p>${t.declined[declined]}</p>`}
  </div>`;
}

/** Test cards as links that fill the form in. */
export function cardChoices(path: string, t: CheckoutTexts, chosen: string): Html {
  const item = (choice: CardChoice): Html => {
    const number = CHOICES[choice];
    const label = t.cards[choice];
    const action =
      chosen.replace(/[\s-]/g, '') === number
        ? html`<span class="chosen">${t.selected}</span>`
        : html`<a href="${path}?card=${choice}" aria-label="${t.use}: ${label}">${t.use}</a>`;
    return html`<li>
      <span><code>${groupDigits(number)}</code><br />${label}</span>${action}
    </li>`;
  };
  const rest = (Object.keys(CHOICES) as CardChoice[]).filter((choice) => !COMMON.includes(choice));
  return html`<section aria-labelledby="cards-heading" class="cards">
    <h2 id="cards-heading">${t.testCards}</h2>
    <p class="muted">${t.testCardsHint}</p>
    <ul>
      ${COMMON.map(item)}
    </ul>
    <details>
      <summary>${t.cardsMore}</summary>
      <ul>
        ${rest.map(item)}
      </ul>
    </details>
  </section>`;
}

const cardName = (method: PaymentMethod): string =>
  `${(method.card?.brand ?? '').toUpperCase()} •••• ${method.card?.last4 ?? ''}`;

/** Radio buttons work without a script: the fields of a new card are used only where that is chosen. */
export function savedCards(t: CheckoutTexts, methods: PaymentMethod[], isNewCard: boolean): Html {
  if (methods.length === 0) return html``;
  const options = methods.map(
    (method, i) =>
      html`<label class="choice"
        ><input type="radio" name="method" value="${method.id}" ${i === 0 && !isNewCard && html`checked`} />
        ${cardName(method)}</label
      >`,
  );
  return html`<fieldset class="saved">
    <legend>${t.savedCard}</legend>
    ${options}
    <label class="choice"
      ><input type="radio" name="method" value="new" ${isNewCard && html`checked`} /> ${t.newCard}</label
    >
  </fieldset>`;
}

function taxFields(session: CheckoutSession, t: CheckoutTexts): Html {
  if (!session.tax_id_collection?.enabled) return html``;
  const options = TAX_ID_TYPES.map((type) => html`<option value="${type}">${type}</option>`);
  return html`${field({ name: 'business', label: t.businessName, value: '', attributes: html`maxlength="100"` })}
    <div class="pair">
      <div class="field">
        <label for="tax_type">${t.taxIdType}</label>
        <select id="tax_type" name="tax_type">
          ${options}
        </select>
      </div>
      ${field({ name: 'tax_id', label: t.taxId, value: '', attributes: html`maxlength="40"` })}
    </div>`;
}

function sums(session: CheckoutSession, t: CheckoutTexts, money: (cents: number) => string): Html {
  const price = (line: SessionLine): string => {
    const interval = line.price.recurring?.interval;
    const known =
      interval === 'year' ? ` ${t.perInterval.year}` : interval === 'month' ? ` ${t.perInterval.month}` : '';
    return `${money(line.amount)}${known}`;
  };
  const isTrial = Boolean(
    session.sandbox.subscriptionData.trial_period_days ?? session.sandbox.subscriptionData.trial_end,
  );
  const discount = session.total_details?.amount_discount ?? 0;
  return html`<ul class="lines">
      ${session.sandbox.lines.map(
        (line) =>
          html`<li>
            <span>${line.name}${line.quantity > 1 ? ` × ${line.quantity}` : ''}</span
            ><span class="amount">${isTrial ? `${t.trialUntil} ${price(line)}` : price(line)}</span>
          </li>`,
      )}
      ${
        discount > 0 &&
        html`<li>
          <span>${t.discount}</span
          ><span class="amount" data-testid="checkout-discount">−${money(discount)}</span>
        </li>`
      }
    </ul>
    <p class="total">
      <span>${t.total}</span><strong data-testid="checkout-total">${money(session.amount_total ?? 0)}</strong>
    </p>`;
}

function codeForm(session: CheckoutSession, t: CheckoutTexts, isBad: boolean): Html {
  if (!session.allow_promotion_codes) return html``;
  return html`<form method="post" action="/stripe-sandbox/checkout/${session.id}/code" class="code">
    ${field({
      name: 'code',
      label: t.promotionCode,
      value: '',
      attributes: html`maxlength="60"`,
      problem: isBad && t.badCode,
    })}
    <button type="submit" class="second">${t.apply}</button>
  </form>`;
}

/** The page with the card form of an open session. */
export function renderCheckoutPage(
  session: CheckoutSession,
  state: CheckoutPageState,
  locale: CheckoutLocale,
  methods: PaymentMethod[],
): string {
  const t = TEXTS[locale];
  const money = (cents: number) =>
    formatMoney(fromCents(cents), (session.currency ?? 'usd').toUpperCase(), locale);
  const total = session.amount_total ?? 0;
  const isSetup = session.mode === 'setup';
  const words = isSetup
    ? t.save
    : session.mode === 'subscription'
      ? total === 0
        ? t.startTrial
        : t.subscribe
      : t.pay;
  const needsCard = total > 0 || isSetup || session.payment_method_collection === 'always';
  const path = `/stripe-sandbox/checkout/${session.id}`;
  const saved = isSetup ? [] : methods;
  return layout(
    locale,
    t.title,
    html`<h1>${isSetup ? t.saveCard : t.payWithCard}</h1>
      ${!isSetup && sums(session, t, money)} ${codeForm(session, t, state.isCodeBad ?? false)}
      ${alert(t, state)}
      <form method="post" action="${path}">
        ${needsCard && savedCards(t, saved, state.isNewCard ?? false)}
        ${needsCard && cardFields(t, state, saved.length === 0)} ${taxFields(session, t)}
        <button type="submit">${words}${isSetup || total === 0 ? '' : ` ${money(total)}`}</button>
      </form>
      ${session.cancel_url && html`<p class="cancel"><a href="${session.cancel_url}">${t.cancel}</a></p>`}
      ${needsCard && cardChoices(path, t, state.form.number)}`,
  );
}

/** The page of a session that cannot be paid any more, or never existed (null). */
export function renderClosedPage(
  session: CheckoutSession | null,
  backUrl: string,
  locale: CheckoutLocale,
): string {
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
