/** How Stripe names our languages, and the one thing its page says in our words. */

interface CheckoutLanguage {
  stripe: 'en' | 'ja' | 'zh' | 'zh-TW';
  topUp: string;
}

const ENGLISH: CheckoutLanguage = { stripe: 'en', topUp: 'Tollgate wallet top-up' };
const LANGUAGES: Record<string, CheckoutLanguage> = {
  en: ENGLISH,
  'zh-CN': { stripe: 'zh', topUp: 'Tollgate 钱包充值' },
  'zh-TW': { stripe: 'zh-TW', topUp: 'Tollgate 錢包儲值' },
  ja: { stripe: 'ja', topUp: 'Tollgate ウォレットへのチャージ' },
};

export function checkoutLanguage(locale: string): CheckoutLanguage {
  return LANGUAGES[locale] ?? ENGLISH;
}
