/** Words of the sandbox's other pages: bank, portal, invoices, sellers' form, control. */
import type { CheckoutLocale } from './texts.ts';

export interface PageTexts {
  challengeTitle: string;
  challengeText: string;
  challengePass: string;
  challengeFail: string;
  nothingHere: string;
  nothingText: string;
  portalTitle: string;
  subscriptions: string;
  noSubscriptions: string;
  renewsOn: string;
  endsOn: string;
  cancelPlan: string;
  keepPlan: string;
  paymentMethods: string;
  noMethods: string;
  isDefault: string;
  makeDefault: string;
  remove: string;
  addCard: string;
  invoices: string;
  noInvoices: string;
  goBack: string;
  invoiceTitle: string;
  payInvoice: string;
  amountDue: string;
  download: string;
  onboardingTitle: string;
  onboardingText: string;
  missingInfo: string;
  nothingMissing: string;
  bankAccount: string;
  bankGood: string;
  bankBad: string;
  finish: string;
  later: string;
  accountTitle: string;
  payoutsOn: string;
  payoutsOff: string;
  askMore: string;
  askNoMore: string;
  payouts: string;
  noPayouts: string;
  expiredLink: string;
  expiredText: string;
  controlTitle: string;
  faults: string;
  faultKind: string;
  faultMatch: string;
  faultTimes: string;
  addFault: string;
  clearFaults: string;
  noFaults: string;
  runNow: string;
  events: string;
  noEvents: string;
  resend: string;
  charges: string;
  noCharges: string;
  dispute: string;
  disputes: string;
  win: string;
  lose: string;
  pendingEvent: string;
  sentEvent: string;
  faultKinds: Record<
    | 'lost_answer'
    | 'timeout'
    | 'conflict'
    | 'rate_limit'
    | 'server_error'
    | 'drop'
    | 'duplicate'
    | 'shuffle'
    | 'delay',
    string
  >;
}

export const PAGE_TEXTS: Record<CheckoutLocale, PageTexts> = {
  en: {
    challengeTitle: 'Confirm the payment',
    challengeText:
      'Your bank wants to know that it is you (3-D Secure). In the sandbox you decide how it ends.',
    challengePass: 'Complete authentication',
    challengeFail: 'Fail authentication',
    nothingHere: 'There is nothing to do here',
    nothingText: 'It has been done already, or the address is not complete.',
    portalTitle: 'Billing',
    subscriptions: 'Subscriptions',
    noSubscriptions: 'There are no subscriptions.',
    renewsOn: 'Renews on',
    endsOn: 'Ends on',
    cancelPlan: 'Cancel at the end of the period',
    keepPlan: 'Keep the subscription',
    paymentMethods: 'Cards',
    noMethods: 'No card is saved.',
    isDefault: 'Default',
    makeDefault: 'Make default',
    remove: 'Remove',
    addCard: 'Save a new card',
    invoices: 'Invoices',
    noInvoices: 'There are no invoices.',
    goBack: 'Go back',
    invoiceTitle: 'Invoice',
    payInvoice: 'Pay this invoice',
    amountDue: 'Amount due',
    download: 'Download as text',
    onboardingTitle: 'Receive payouts',
    onboardingText:
      'Stripe asks sellers who they are before it pays them. The sandbox only needs to know how payouts end.',
    missingInfo: 'Still needed',
    nothingMissing: 'Nothing is missing.',
    bankAccount: 'Test bank account',
    bankGood: 'payouts arrive',
    bankBad: 'payouts fail',
    finish: 'Send and finish',
    later: 'Finish later',
    accountTitle: 'Payout account',
    payoutsOn: 'Payouts are enabled.',
    payoutsOff: 'Payouts are paused until what is needed has been given.',
    askMore: 'Ask for a document and pause payouts',
    askNoMore: 'Accept the document and resume payouts',
    payouts: 'Payouts',
    noPayouts: 'There are no payouts yet.',
    expiredLink: 'This link has expired',
    expiredText: 'Links to this form are good for five minutes. Go back for a new one.',
    controlTitle: 'Stripe sandbox',
    faults: 'Trouble on demand',
    faultKind: 'What happens',
    faultMatch: 'Only for (start of a request or of an event type)',
    faultTimes: 'How often (empty: until cleared)',
    addFault: 'Add',
    clearFaults: 'Clear all',
    noFaults: 'All is well: no trouble is ordered.',
    runNow: 'Do now what is due',
    events: 'Latest events',
    noEvents: 'Nothing has happened yet.',
    resend: 'Send again',
    charges: 'Latest payments',
    noCharges: 'There are no payments yet.',
    dispute: 'Dispute',
    disputes: 'Disputes',
    win: 'Won',
    lose: 'Lost',
    pendingEvent: 'waiting',
    sentEvent: 'sent',
    faultKinds: {
      lost_answer: 'Answers get lost after the work is done',
      timeout: 'Requests are never answered',
      conflict: '409: somebody else is at it',
      rate_limit: '429: too many requests',
      server_error: '500: an outage',
      drop: 'Events get lost',
      duplicate: 'Events come twice',
      shuffle: 'Events come in the wrong order',
      delay: 'Events come late',
    },
  },
  'zh-CN': {
    challengeTitle: '确认付款',
    challengeText: '银行需要确认是您本人操作（3-D Secure）。在沙盒中由您决定结果。',
    challengePass: '完成验证',
    challengeFail: '验证失败',
    nothingHere: '此处无需操作',
    nothingText: '已处理完毕，或地址不完整。',
    portalTitle: '账单管理',
    subscriptions: '订阅',
    noSubscriptions: '目前没有订阅。',
    renewsOn: '续订日期',
    endsOn: '结束日期',
    cancelPlan: '在本期结束时取消',
    keepPlan: '保留订阅',
    paymentMethods: '银行卡',
    noMethods: '没有保存的卡。',
    isDefault: '默认',
    makeDefault: '设为默认',
    remove: '移除',
    addCard: '保存新卡',
    invoices: '账单',
    noInvoices: '目前没有账单。',
    goBack: '返回',
    invoiceTitle: '账单',
    payInvoice: '支付此账单',
    amountDue: '应付金额',
    download: '下载文本',
    onboardingTitle: '接收收款',
    onboardingText: 'Stripe 在付款前会了解卖家信息。沙盒只需要知道收款会如何结束。',
    missingInfo: '仍需提供',
    nothingMissing: '没有缺少的信息。',
    bankAccount: '测试银行账户',
    bankGood: '收款成功',
    bankBad: '收款失败',
    finish: '提交并完成',
    later: '稍后完成',
    accountTitle: '收款账户',
    payoutsOn: '已启用收款。',
    payoutsOff: '在提供所需信息前，收款已暂停。',
    askMore: '要求提供文件并暂停收款',
    askNoMore: '接受文件并恢复收款',
    payouts: '收款记录',
    noPayouts: '尚无收款记录。',
    expiredLink: '此链接已过期',
    expiredText: '此表单的链接有效期为五分钟。请返回获取新链接。',
    controlTitle: 'Stripe 沙盒',
    faults: '模拟故障',
    faultKind: '故障类型',
    faultMatch: '仅限（请求或事件类型的开头）',
    faultTimes: '次数（留空：直到清除）',
    addFault: '添加',
    clearFaults: '全部清除',
    noFaults: '一切正常：没有设定故障。',
    runNow: '立即执行到期任务',
    events: '最近事件',
    noEvents: '尚未发生任何事件。',
    resend: '重新发送',
    charges: '最近付款',
    noCharges: '尚无付款。',
    dispute: '提出拒付',
    disputes: '拒付',
    win: '胜诉',
    lose: '败诉',
    pendingEvent: '等待中',
    sentEvent: '已发送',
    faultKinds: {
      lost_answer: '操作完成后响应丢失',
      timeout: '请求没有响应',
      conflict: '409：其他请求正在处理',
      rate_limit: '429：请求过多',
      server_error: '500：服务故障',
      drop: '事件丢失',
      duplicate: '事件重复',
      shuffle: '事件顺序错乱',
      delay: '事件延迟',
    },
  },
  'zh-TW': {
    challengeTitle: '確認付款',
    challengeText: '銀行需要確認是您本人操作（3-D Secure）。在沙盒中由您決定結果。',
    challengePass: '完成驗證',
    challengeFail: '驗證失敗',
    nothingHere: '此處無需操作',
    nothingText: '已處理完畢，或網址不完整。',
    portalTitle: '帳單管理',
    subscriptions: '訂閱',
    noSubscriptions: '目前沒有訂閱。',
    renewsOn: '續訂日期',
    endsOn: '結束日期',
    cancelPlan: '在本期結束時取消',
    keepPlan: '保留訂閱',
    paymentMethods: '卡片',
    noMethods: '沒有已儲存的卡片。',
    isDefault: '預設',
    makeDefault: '設為預設',
    remove: '移除',
    addCard: '儲存新卡片',
    invoices: '帳單',
    noInvoices: '目前沒有帳單。',
    goBack: '返回',
    invoiceTitle: '帳單',
    payInvoice: '支付此帳單',
    amountDue: '應付金額',
    download: '下載文字檔',
    onboardingTitle: '接收款項',
    onboardingText: 'Stripe 在付款前會了解賣家資訊。沙盒只需要知道款項會如何結束。',
    missingInfo: '仍需提供',
    nothingMissing: '沒有缺少的資訊。',
    bankAccount: '測試銀行帳戶',
    bankGood: '款項送達',
    bankBad: '款項失敗',
    finish: '提交並完成',
    later: '稍後完成',
    accountTitle: '收款帳戶',
    payoutsOn: '已啟用款項撥付。',
    payoutsOff: '在提供所需資訊前，款項撥付已暫停。',
    askMore: '要求提供文件並暫停撥款',
    askNoMore: '接受文件並恢復撥款',
    payouts: '撥款紀錄',
    noPayouts: '尚無撥款紀錄。',
    expiredLink: '此連結已過期',
    expiredText: '此表單的連結有效期為五分鐘。請返回取得新連結。',
    controlTitle: 'Stripe 沙盒',
    faults: '模擬故障',
    faultKind: '故障類型',
    faultMatch: '僅限（請求或事件類型的開頭）',
    faultTimes: '次數（留空：直到清除）',
    addFault: '新增',
    clearFaults: '全部清除',
    noFaults: '一切正常：沒有設定故障。',
    runNow: '立即執行到期工作',
    events: '最近事件',
    noEvents: '尚未發生任何事件。',
    resend: '重新傳送',
    charges: '最近付款',
    noCharges: '尚無付款。',
    dispute: '提出爭議',
    disputes: '爭議款項',
    win: '勝訴',
    lose: '敗訴',
    pendingEvent: '等待中',
    sentEvent: '已傳送',
    faultKinds: {
      lost_answer: '操作完成後回應遺失',
      timeout: '請求沒有回應',
      conflict: '409：其他請求正在處理',
      rate_limit: '429：請求過多',
      server_error: '500：服務故障',
      drop: '事件遺失',
      duplicate: '事件重複',
      shuffle: '事件順序錯亂',
      delay: '事件延遲',
    },
  },
  ja: {
    challengeTitle: 'お支払いの確認',
    challengeText:
      '銀行がご本人であることを確認しています（3D セキュア）。サンドボックスでは結果をお選びいただけます。',
    challengePass: '認証を完了する',
    challengeFail: '認証を失敗させる',
    nothingHere: 'ここで行うことはありません',
    nothingText: 'すでに完了しているか、アドレスが不完全です。',
    portalTitle: 'お支払い管理',
    subscriptions: 'サブスクリプション',
    noSubscriptions: 'サブスクリプションはありません。',
    renewsOn: '次回更新日',
    endsOn: '終了日',
    cancelPlan: '期間の終わりに解約する',
    keepPlan: '解約を取り消す',
    paymentMethods: 'カード',
    noMethods: '保存されたカードはありません。',
    isDefault: '既定',
    makeDefault: '既定にする',
    remove: '削除する',
    addCard: '新しいカードを保存する',
    invoices: '請求書',
    noInvoices: '請求書はありません。',
    goBack: '戻る',
    invoiceTitle: '請求書',
    payInvoice: 'この請求書を支払う',
    amountDue: 'お支払い額',
    download: 'テキストをダウンロード',
    onboardingTitle: '入金を受け取る',
    onboardingText: 'Stripe は入金前に販売者の情報を確認します。サンドボックスでは入金の結果だけを選びます。',
    missingInfo: '必要な情報',
    nothingMissing: '不足している情報はありません。',
    bankAccount: 'テスト用の銀行口座',
    bankGood: '入金が成功する',
    bankBad: '入金が失敗する',
    finish: '送信して完了する',
    later: '後で完了する',
    accountTitle: '入金アカウント',
    payoutsOn: '入金は有効です。',
    payoutsOff: '必要な情報が提供されるまで、入金は停止されています。',
    askMore: '書類を求めて入金を停止する',
    askNoMore: '書類を受け付けて入金を再開する',
    payouts: '入金',
    noPayouts: '入金はまだありません。',
    expiredLink: 'このリンクは期限切れです',
    expiredText: 'このフォームへのリンクの有効期間は 5 分です。戻って新しいリンクを取得してください。',
    controlTitle: 'Stripe サンドボックス',
    faults: '障害を起こす',
    faultKind: '内容',
    faultMatch: '対象（リクエストまたはイベント種別の先頭）',
    faultTimes: '回数（空欄：解除するまで）',
    addFault: '追加する',
    clearFaults: 'すべて解除する',
    noFaults: '障害は設定されていません。',
    runNow: '期限が来た処理を今すぐ行う',
    events: '最近のイベント',
    noEvents: 'まだイベントはありません。',
    resend: '再送する',
    charges: '最近の支払い',
    noCharges: '支払いはまだありません。',
    dispute: '不審請求を申請',
    disputes: '不審請求の申請',
    win: '勝ち',
    lose: '負け',
    pendingEvent: '待機中',
    sentEvent: '送信済み',
    faultKinds: {
      lost_answer: '処理後に応答が失われる',
      timeout: 'リクエストに応答しない',
      conflict: '409：ほかの処理と競合',
      rate_limit: '429：リクエスト過多',
      server_error: '500：サーバー障害',
      drop: 'イベントが失われる',
      duplicate: 'イベントが重複する',
      shuffle: 'イベントの順序が入れ替わる',
      delay: 'イベントが遅れる',
    },
  },
};
