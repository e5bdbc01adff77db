/** Stripe's test cards: https://docs.stripe.com/testing */

export type Refusal =
  | 'generic_decline'
  | 'insufficient_funds'
  | 'lost_card'
  | 'expired_card'
  | 'incorrect_cvc'
  | 'processing_error';

export interface TestCard {
  brand: 'visa' | 'mastercard' | 'amex';
  /** What a charge is refused with; null: the bank says yes. */
  refusal: Refusal | null;
  /** It can be saved although charges are refused. */
  attaches: boolean;
  /** `unless_set_up`: not when its owner has agreed once to charges in absence. */
  authentication: 'never' | 'unless_set_up' | 'always';
  /** The owner calls the bank once the charge has succeeded. */
  isDisputed: boolean;
  /** Money is there at once instead of after two days. */
  isAvailableAtOnce: boolean;
  /** `pm_card_visa`: made into a new payment method wherever one is named. */
  ids: string[];
}

const GOOD: TestCard = {
  brand: 'visa',
  refusal: null,
  attaches: true,
  authentication: 'never',
  isDisputed: false,
  isAvailableAtOnce: false,
  ids: [],
};
const refused = (refusal: Refusal, ...ids: string[]): TestCard => ({
  ...GOOD,
  refusal,
  attaches: false,
  ids,
});

export const TEST_CARDS: Record<string, TestCard> = {
  '4242424242424242': { ...GOOD, ids: ['pm_card_visa'] },
  '5555555555554444': { ...GOOD, brand: 'mastercard', ids: ['pm_card_mastercard'] },
  '378282246310005': { ...GOOD, brand: 'amex', ids: ['pm_card_amex'] },
  '4000000000000077': { ...GOOD, isAvailableAtOnce: true, ids: ['pm_card_bypassPending'] },
  '4000000000000002': refused('generic_decline', 'pm_card_chargeDeclined', 'pm_card_visa_chargeDeclined'),
  '4000000000009995': refused(
    'insufficient_funds',
    'pm_card_chargeDeclinedInsufficientFunds',
    'pm_card_visa_chargeDeclinedInsufficientFunds',
  ),
  '4000000000009987': refused('lost_card', 'pm_card_visa_chargeDeclinedLostCard'),
  '4000000000000069': refused('expired_card', 'pm_card_chargeDeclinedExpiredCard'),
  '4000000000000127': refused('incorrect_cvc', 'pm_card_chargeDeclinedIncorrectCvc'),
  '4000000000000119': refused('processing_error', 'pm_card_chargeDeclinedProcessingError'),
  '4000000000000341': {
    ...GOOD,
    refusal: 'generic_decline',
    ids: ['pm_card_chargeCustomerFail', 'pm_card_visa_chargeCustomerFail'],
  },
  '4000002500003155': {
    ...GOOD,
    authentication: 'unless_set_up',
    ids: ['pm_card_authenticationRequiredOnSetup'],
  },
  '4000002760003184': { ...GOOD, authentication: 'always', ids: ['pm_card_authenticationRequired'] },
  '4000000000003220': { ...GOOD, authentication: 'always', ids: ['pm_card_threeDSecure2Required'] },
  '4000008260003178': {
    ...GOOD,
    refusal: 'insufficient_funds',
    authentication: 'always',
    ids: ['pm_card_authenticationRequiredChargeDeclinedInsufficientFunds'],
  },
  '4000000000000259': { ...GOOD, isDisputed: true, ids: ['pm_card_createDispute'] },
};

export const findTestCard = (number: string): TestCard | null => TEST_CARDS[digitsOf(number)] ?? null;

/** Number behind `pm_card_visa` or `tok_visa`. */
export function numberOfTestId(id: string): string | null {
  const wanted = id.replace(/^tok_/, 'pm_card_');
  return Object.entries(TEST_CARDS).find(([, card]) => card.ids.includes(wanted))?.[0] ?? null;
}

/** Code and words of a refusal, as Stripe gives them. */
export function refusalError(refusal: Refusal): { code: string; decline_code?: string; message: string } {
  switch (refusal) {
    case 'expired_card':
      return { code: 'expired_card', decline_code: 'expired_card', message: 'Your card has expired.' };
    case 'incorrect_cvc':
      return {
        code: 'incorrect_cvc',
        decline_code: 'incorrect_cvc',
        message: "Your card's security code is incorrect.",
      };
    case 'processing_error':
      return {
        code: 'processing_error',
        decline_code: 'processing_error',
        message: 'An error occurred while processing your card. Try again in a little bit.',
      };
    case 'insufficient_funds':
      return {
        code: 'card_declined',
        decline_code: 'insufficient_funds',
        message: 'Your card has insufficient funds.',
      };
    default:
      return { code: 'card_declined', decline_code: refusal, message: 'Your card was declined.' };
  }
}

export interface CardForm {
  number: string;
  expiry: string;
  cvc: string;
}

export type CardProblem = 'number' | 'expiry' | 'cvc';

export interface CheckedCard {
  number: string;
  expMonth: number;
  expYear: number;
}

/** What the form says, or which fields are wrong. Real cards are refused: no money moves. */
export function checkCard(form: CardForm, now: Date): CheckedCard | { problems: CardProblem[] } {
  const number = digitsOf(form.number);
  const expiry = readExpiry(form.expiry, now);
  const problems: CardProblem[] = [];
  if (!TEST_CARDS[number]) problems.push('number');
  if (!expiry) problems.push('expiry');
  if (!/^\d{3,4}$/.test(form.cvc.trim())) problems.push('cvc');
  return expiry && problems.length === 0 ? { number, ...expiry } : { problems };
}

/** `MM/YY`, and not yet over. */
function readExpiry(expiry: string, now: Date): { expMonth: number; expYear: number } | null {
  const match = /^\s*(0?[1-9]|1[0-2])\s*\/\s*(?:20)?(\d{2})\s*$/.exec(expiry);
  if (!match) return null;
  const [expMonth, expYear] = [Number(match[1]), 2000 + Number(match[2])];
  // The card is good to the end of the month.
  return new Date(Date.UTC(expYear, expMonth, 1)) > now ? { expMonth, expYear } : null;
}

const digitsOf = (number: string): string => number.replace(/[\s-]/g, '');

/** `4242 4242 4242 4242` */
export const groupDigits = (number: string): string => number.replace(/(\d{4})(?=\d)/g, '$1 ');
