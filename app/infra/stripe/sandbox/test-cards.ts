/** Stripe's test cards: https://docs.stripe.com/testing */

export interface CardAnswer {
  /** Null: the bank says yes. */
  declineCode: 'generic_decline' | 'insufficient_funds' | null;
}

export const TEST_CARDS = {
  '4242424242424242': { declineCode: null },
  '4000000000000002': { declineCode: 'generic_decline' },
  '4000000000009995': { declineCode: 'insufficient_funds' },
} as const satisfies Record<string, CardAnswer>;

export interface CardForm {
  number: string;
  expiry: string;
  cvc: string;
}

export type CardProblem = 'number' | 'expiry' | 'cvc';

/** What the bank says to a card, or which fields are wrong. Real cards are refused: no money moves. */
export function checkCard(form: CardForm, now: Date): CardAnswer | { problems: CardProblem[] } {
  const digits = form.number.replace(/[\s-]/g, '');
  const answer: CardAnswer | undefined = Object.entries(TEST_CARDS).find(
    ([number]) => number === digits,
  )?.[1];
  const problems: CardProblem[] = [];
  if (!answer) problems.push('number');
  if (!isFuture(form.expiry, now)) problems.push('expiry');
  if (!/^\d{3,4}$/.test(form.cvc.trim())) problems.push('cvc');
  return answer && problems.length === 0 ? answer : { problems };
}

/** `MM/YY`, and not yet over. */
function isFuture(expiry: string, now: Date): boolean {
  const match = /^\s*(0?[1-9]|1[0-2])\s*\/\s*(?:20)?(\d{2})\s*$/.exec(expiry);
  if (!match) return false;
  // The card is good to the end of the month.
  return new Date(Date.UTC(2000 + Number(match[2]), Number(match[1]), 1)) > now;
}

/** `4242 4242 4242 4242` */
export const groupDigits = (number: string): string => number.replace(/(\d{4})(?=\d)/g, '$1 ');
