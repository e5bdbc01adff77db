/** Words of the checkout page. Stripe's page speaks for itself, so these do not stand with ours. */

export const CHECKOUT_LOCALES = ['en', 'zh-CN', 'zh-TW', 'ja'] as const;
export type CheckoutLocale = (typeof CHECKOUT_LOCALES)[number];

/** Why a bank said no, as far as the page has words for it. */
export type Declined =
  | 'generic_decline'
  | 'insufficient_funds'
  | 'expired_card'
  | 'incorrect_cvc'
  | 'processing_error'
  | 'authentication';

export type CardChoice =
  | 'success'
  | 'declined'
  | 'insufficient'
  | 'challenge'
  | 'setup'
  | 'expired'
  | 'later'
  | 'disputed'
  | 'available';

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
  save: string;
  saveCard: string;
  startTrial: string;
  trialUntil: string;
  discount: string;
  promotionCode: string;
  apply: string;
  badCode: string;
  savedCard: string;
  newCard: string;
  businessName: string;
  taxIdType: string;
  taxId: string;
  cardsMore: string;
  subscribe: string;
  cancel: string;
  testCards: string;
  testCardsHint: string;
  cards: Record<CardChoice, string>;
  use: string;
  selected: string;
  problems: { heading: string; number: string; expiry: string; cvc: string };
  declined: Record<Declined, string>;
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
    save: 'Save card',
    saveCard: 'Save a test card',
    startTrial: 'Start trial',
    trialUntil: 'Free trial, then',
    discount: 'Discount',
    promotionCode: 'Promotion code',
    apply: 'Apply',
    badCode: 'This code cannot be used.',
    savedCard: 'Saved card',
    newCard: 'Another card',
    businessName: 'Company',
    taxIdType: 'Kind of tax ID',
    taxId: 'Tax ID (optional)',
    cardsMore: 'More test cards',
    subscribe: 'Subscribe',
    cancel: 'Cancel and go back',
    testCards: 'Test cards',
    testCardsHint: 'Choose how the bank answers.',
    cards: {
      success: 'Payment succeeds',
      declined: 'Card is declined',
      insufficient: 'Not enough money on the card',
      challenge: 'The bank asks each time (3-D Secure)',
      setup: 'The bank asks once (3-D Secure)',
      expired: 'Card has expired',
      later: 'Can be saved, fails when charged',
      disputed: 'Paid, then disputed (chargeback)',
      available: 'Paid, money available at once',
    },
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
      expired_card: 'The card has expired. Try another card.',
      incorrect_cvc: 'The security code is wrong. Try again.',
      processing_error: 'The bank could not process the card. Try again in a moment.',
      authentication: 'The bank could not confirm that it is you. Try again or use another card.',
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
    save: '保存银行卡',
    saveCard: '保存测试卡',
    startTrial: '开始试用',
    trialUntil: '免费试用，之后',
    discount: '折扣',
    promotionCode: '优惠码',
    apply: '使用优惠码',
    badCode: '此优惠码无法使用。',
    savedCard: '已保存的卡',
    newCard: '使用其他卡',
    businessName: '公司名称',
    taxIdType: '税号类型',
    taxId: '税号（选填）',
    cardsMore: '更多测试卡',
    subscribe: '订阅',
    cancel: '取消并返回',
    testCards: '测试卡',
    testCardsHint: '选择银行的应答方式。',
    cards: {
      success: '付款成功',
      declined: '卡片被拒',
      insufficient: '卡内余额不足',
      challenge: '银行每次都要求验证（3-D Secure）',
      setup: '银行只验证一次（3-D Secure）',
      expired: '卡片已过期',
      later: '可以保存，但扣款失败',
      disputed: '付款后被拒付（撤单）',
      available: '付款成功，资金立即可用',
    },
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
      expired_card: '该卡已过期，请换一张卡。',
      incorrect_cvc: '安全码不正确，请重试。',
      processing_error: '银行暂时无法处理该卡，请稍后重试。',
      authentication: '银行未能确认您的身份，请重试或换一张卡。',
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
    save: '儲存卡片',
    saveCard: '儲存測試卡',
    startTrial: '開始試用',
    trialUntil: '免費試用，之後',
    discount: '折扣',
    promotionCode: '優惠碼',
    apply: '使用優惠碼',
    badCode: '此優惠碼無法使用。',
    savedCard: '已儲存的卡片',
    newCard: '使用其他卡片',
    businessName: '公司名稱',
    taxIdType: '稅籍編號類型',
    taxId: '稅籍編號（選填）',
    cardsMore: '更多測試卡',
    subscribe: '訂閱',
    cancel: '取消並返回',
    testCards: '測試卡',
    testCardsHint: '選擇銀行的回應方式。',
    cards: {
      success: '付款成功',
      declined: '卡片遭拒',
      insufficient: '卡片餘額不足',
      challenge: '銀行每次都要求驗證（3-D Secure）',
      setup: '銀行只驗證一次（3-D Secure）',
      expired: '卡片已過期',
      later: '可以儲存，但扣款失敗',
      disputed: '付款後遭拒付（爭議款項）',
      available: '付款成功，款項立即可用',
    },
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
      expired_card: '此卡已過期，請改用其他卡片。',
      incorrect_cvc: '安全碼不正確，請再試一次。',
      processing_error: '銀行暫時無法處理此卡，請稍後再試。',
      authentication: '銀行無法確認您的身分，請再試一次或改用其他卡片。',
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
    save: 'カードを保存',
    saveCard: 'テストカードを保存する',
    startTrial: 'トライアルを始める',
    trialUntil: '無料トライアル、その後',
    discount: '割引',
    promotionCode: 'プロモーションコード',
    apply: '適用',
    badCode: 'このコードは利用できません。',
    savedCard: '保存済みのカード',
    newCard: '別のカード',
    businessName: '会社名',
    taxIdType: '税務番号の種類',
    taxId: '税務番号（任意）',
    cardsMore: 'その他のテストカード',
    subscribe: '登録する',
    cancel: 'キャンセルして戻る',
    testCards: 'テストカード',
    testCardsHint: '銀行の応答を選べます。',
    cards: {
      success: '支払い成功',
      declined: 'カードが拒否される',
      insufficient: 'カードの残高不足',
      challenge: '銀行が毎回認証を求める（3D セキュア）',
      setup: '銀行が一度だけ認証を求める（3D セキュア）',
      expired: 'カードの有効期限切れ',
      later: '保存はできるが請求は失敗する',
      disputed: '支払い後に不審請求の申請が行われる',
      available: '支払い成功、資金はすぐに利用可能',
    },
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
      expired_card: 'カードの有効期限が切れています。別のカードをお試しください。',
      incorrect_cvc: 'セキュリティコードが正しくありません。もう一度お試しください。',
      processing_error: '銀行がカードを処理できませんでした。しばらくしてからお試しください。',
      authentication:
        'ご本人であることを銀行が確認できませんでした。もう一度お試しになるか、別のカードをご利用ください。',
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
