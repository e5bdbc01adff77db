/** Words of the checkout page. Stripe's page speaks for itself, so these do not stand with ours. */

export const CHECKOUT_LOCALES = ['en', 'zh-CN', 'zh-TW', 'ja'] as const;
export type CheckoutLocale = (typeof CHECKOUT_LOCALES)[number];

export interface CheckoutTexts {
  title: string;
  banner: string;
  bannerDetail: string;
  total: string;
  perInterval: { month: string; year: string };
  payWithCard: string;
  cardNumber: string;
  expiry: string;
  expiryHint: string;
  cvc: string;
  pay: string;
  subscribe: string;
  cancel: string;
  testCards: string;
  testCardsHint: string;
  cardSucceeds: string;
  cardDeclined: string;
  cardInsufficient: string;
  use: string;
  selected: string;
  problems: { heading: string; number: string; expiry: string; cvc: string };
  declined: { generic_decline: string; insufficient_funds: string };
  closedTitle: string;
  closedComplete: string;
  closedExpired: string;
  missingTitle: string;
  missing: string;
  back: string;
}

export const TEXTS: Record<CheckoutLocale, CheckoutTexts> = {
  en: {
    title: 'Checkout (sandbox)',
    banner: 'Sandbox – no money moves',
    bannerDetail: 'This page stands in for Stripe. Only test cards work; never type a real one.',
    total: 'Total due today',
    perInterval: { month: 'per month', year: 'per year' },
    payWithCard: 'Pay with a test card',
    cardNumber: 'Card number',
    expiry: 'Expiry',
    expiryHint: 'MM/YY',
    cvc: 'CVC',
    pay: 'Pay',
    subscribe: 'Subscribe',
    cancel: 'Cancel and go back',
    testCards: 'Test cards',
    testCardsHint: 'Choose how the bank answers.',
    cardSucceeds: 'Payment succeeds',
    cardDeclined: 'Card is declined',
    cardInsufficient: 'Not enough money on the card',
    use: 'Use',
    selected: 'Chosen',
    problems: {
      heading: 'The payment was not made',
      number: 'Type one of the test cards listed below.',
      expiry: 'Type a month and year that are still to come, such as 12/34.',
      cvc: 'Type three or four digits.',
    },
    declined: {
      generic_decline: 'The card was declined. Try another card.',
      insufficient_funds: 'The card has insufficient funds. Try another card.',
    },
    closedTitle: 'This checkout is closed',
    closedComplete: 'It has been paid. Nothing is charged twice.',
    closedExpired: 'It expired before it was paid. Start again from your account.',
    missingTitle: 'There is no such checkout',
    missing: 'The address is not complete, or it is from another installation.',
    back: 'Back to Tollgate',
  },
  'zh-CN': {
    title: '结账（沙盒）',
    banner: '沙盒环境 – 不会产生真实扣款',
    bannerDetail: '此页面代替 Stripe。只能使用测试卡，请勿输入真实卡号。',
    total: '今日应付总额',
    perInterval: { month: '每月', year: '每年' },
    payWithCard: '使用测试卡付款',
    cardNumber: '卡号',
    expiry: '有效期',
    expiryHint: '月/年',
    cvc: '安全码',
    pay: '付款',
    subscribe: '订阅',
    cancel: '取消并返回',
    testCards: '测试卡',
    testCardsHint: '选择银行的应答方式。',
    cardSucceeds: '付款成功',
    cardDeclined: '卡片被拒',
    cardInsufficient: '卡内余额不足',
    use: '使用',
    selected: '已选',
    problems: {
      heading: '付款未完成',
      number: '请输入下方列出的测试卡号。',
      expiry: '请输入尚未过期的月份和年份，例如 12/34。',
      cvc: '请输入三位或四位数字。',
    },
    declined: {
      generic_decline: '该卡被拒绝，请换一张卡。',
      insufficient_funds: '该卡余额不足，请换一张卡。',
    },
    closedTitle: '此结账已关闭',
    closedComplete: '已完成付款，不会重复扣款。',
    closedExpired: '未在有效期内付款。请回到您的账户重新开始。',
    missingTitle: '找不到此结账',
    missing: '地址不完整，或来自其他安装环境。',
    back: '返回 Tollgate',
  },
  'zh-TW': {
    title: '結帳（沙盒）',
    banner: '沙盒環境 – 不會真的扣款',
    bannerDetail: '此頁面代替 Stripe。只能使用測試卡，請勿輸入真實卡號。',
    total: '今日應付總額',
    perInterval: { month: '每月', year: '每年' },
    payWithCard: '使用測試卡付款',
    cardNumber: '卡號',
    expiry: '有效期限',
    expiryHint: '月/年',
    cvc: '安全碼',
    pay: '付款',
    subscribe: '訂閱',
    cancel: '取消並返回',
    testCards: '測試卡',
    testCardsHint: '選擇銀行的回應方式。',
    cardSucceeds: '付款成功',
    cardDeclined: '卡片遭拒',
    cardInsufficient: '卡片餘額不足',
    use: '使用',
    selected: '已選取',
    problems: {
      heading: '付款未完成',
      number: '請輸入下方列出的測試卡號。',
      expiry: '請輸入尚未過期的月份與年份，例如 12/34。',
      cvc: '請輸入三位或四位數字。',
    },
    declined: {
      generic_decline: '此卡遭拒，請改用其他卡片。',
      insufficient_funds: '此卡餘額不足，請改用其他卡片。',
    },
    closedTitle: '此結帳已關閉',
    closedComplete: '已完成付款，不會重複扣款。',
    closedExpired: '未在期限內付款。請回到您的帳戶重新開始。',
    missingTitle: '找不到此結帳',
    missing: '網址不完整，或來自其他安裝環境。',
    back: '返回 Tollgate',
  },
  ja: {
    title: 'お支払い（サンドボックス）',
    banner: 'サンドボックス – 実際のお金は動きません',
    bannerDetail:
      'Stripe の代わりとなるページです。使えるのはテストカードのみです。実在のカード番号は入力しないでください。',
    total: '本日のお支払い合計',
    perInterval: { month: '月額', year: '年額' },
    payWithCard: 'テストカードで支払う',
    cardNumber: 'カード番号',
    expiry: '有効期限',
    expiryHint: '月/年',
    cvc: 'セキュリティコード',
    pay: '支払う',
    subscribe: '登録する',
    cancel: 'キャンセルして戻る',
    testCards: 'テストカード',
    testCardsHint: '銀行の応答を選べます。',
    cardSucceeds: '支払い成功',
    cardDeclined: 'カードが拒否される',
    cardInsufficient: 'カードの残高不足',
    use: '使う',
    selected: '選択中',
    problems: {
      heading: '支払いは完了していません',
      number: '下に記載のテストカード番号を入力してください。',
      expiry: '12/34 のように、まだ過ぎていない月と年を入力してください。',
      cvc: '3 桁または 4 桁の数字を入力してください。',
    },
    declined: {
      generic_decline: 'カードが拒否されました。別のカードをお試しください。',
      insufficient_funds: 'カードの残高が不足しています。別のカードをお試しください。',
    },
    closedTitle: 'このお支払いは終了しています',
    closedComplete: '支払い済みです。二重に請求されることはありません。',
    closedExpired: '支払われないまま期限が切れました。アカウントからやり直してください。',
    missingTitle: 'お支払いが見つかりません',
    missing: 'アドレスが不完全か、別の環境のものです。',
    back: 'Tollgate に戻る',
  },
};

/** Stripe's locale of a session to ours: `zh` is written as in mainland China. */
export function checkoutLocale(stripeLocale: string | null): CheckoutLocale {
  switch (stripeLocale) {
    case 'zh':
      return 'zh-CN';
    case 'zh-TW':
    case 'zh-HK':
      return 'zh-TW';
    case 'ja':
      return 'ja';
    default:
      return 'en';
  }
}
