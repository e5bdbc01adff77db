/** All translations, as modules: they load the same way natively and in the server bundle. Server only. */
import enCommon from '../../public/locales/en/common.json' with { type: 'json' };
import enStorefront from '../../public/locales/en/storefront.json' with { type: 'json' };
import enAuth from '../../public/locales/en/auth.json' with { type: 'json' };
import enAccount from '../../public/locales/en/account.json' with { type: 'json' };
import enBuyer from '../../public/locales/en/buyer.json' with { type: 'json' };
import enSeller from '../../public/locales/en/seller.json' with { type: 'json' };
import enAdmin from '../../public/locales/en/admin.json' with { type: 'json' };
import enErrors from '../../public/locales/en/errors.json' with { type: 'json' };
import enPricing from '../../public/locales/en/pricing.json' with { type: 'json' };
import enPayments from '../../public/locales/en/payments.json' with { type: 'json' };
import enWallet from '../../public/locales/en/wallet.json' with { type: 'json' };
import enBudgets from '../../public/locales/en/budgets.json' with { type: 'json' };
import enLedger from '../../public/locales/en/ledger.json' with { type: 'json' };
import enPayouts from '../../public/locales/en/payouts.json' with { type: 'json' };
import enInvoices from '../../public/locales/en/invoices.json' with { type: 'json' };
import enReports from '../../public/locales/en/reports.json' with { type: 'json' };
import enReceipts from '../../public/locales/en/receipts.json' with { type: 'json' };
import enDisputes from '../../public/locales/en/disputes.json' with { type: 'json' };
import zhCnCommon from '../../public/locales/zh-CN/common.json' with { type: 'json' };
import zhCnStorefront from '../../public/locales/zh-CN/storefront.json' with { type: 'json' };
import zhCnAuth from '../../public/locales/zh-CN/auth.json' with { type: 'json' };
import zhCnAccount from '../../public/locales/zh-CN/account.json' with { type: 'json' };
import zhCnBuyer from '../../public/locales/zh-CN/buyer.json' with { type: 'json' };
import zhCnSeller from '../../public/locales/zh-CN/seller.json' with { type: 'json' };
import zhCnAdmin from '../../public/locales/zh-CN/admin.json' with { type: 'json' };
import zhCnErrors from '../../public/locales/zh-CN/errors.json' with { type: 'json' };
import zhCnPricing from '../../public/locales/zh-CN/pricing.json' with { type: 'json' };
import zhCnPayments from '../../public/locales/zh-CN/payments.json' with { type: 'json' };
import zhCnWallet from '../../public/locales/zh-CN/wallet.json' with { type: 'json' };
import zhCnBudgets from '../../public/locales/zh-CN/budgets.json' with { type: 'json' };
import zhCnLedger from '../../public/locales/zh-CN/ledger.json' with { type: 'json' };
import zhCnPayouts from '../../public/locales/zh-CN/payouts.json' with { type: 'json' };
import zhCnInvoices from '../../public/locales/zh-CN/invoices.json' with { type: 'json' };
import zhCnReports from '../../public/locales/zh-CN/reports.json' with { type: 'json' };
import zhCnReceipts from '../../public/locales/zh-CN/receipts.json' with { type: 'json' };
import zhCnDisputes from '../../public/locales/zh-CN/disputes.json' with { type: 'json' };
import zhTwCommon from '../../public/locales/zh-TW/common.json' with { type: 'json' };
import zhTwStorefront from '../../public/locales/zh-TW/storefront.json' with { type: 'json' };
import zhTwAuth from '../../public/locales/zh-TW/auth.json' with { type: 'json' };
import zhTwAccount from '../../public/locales/zh-TW/account.json' with { type: 'json' };
import zhTwBuyer from '../../public/locales/zh-TW/buyer.json' with { type: 'json' };
import zhTwSeller from '../../public/locales/zh-TW/seller.json' with { type: 'json' };
import zhTwAdmin from '../../public/locales/zh-TW/admin.json' with { type: 'json' };
import zhTwErrors from '../../public/locales/zh-TW/errors.json' with { type: 'json' };
import zhTwPricing from '../../public/locales/zh-TW/pricing.json' with { type: 'json' };
import zhTwPayments from '../../public/locales/zh-TW/payments.json' with { type: 'json' };
import zhTwWallet from '../../public/locales/zh-TW/wallet.json' with { type: 'json' };
import zhTwBudgets from '../../public/locales/zh-TW/budgets.json' with { type: 'json' };
import zhTwLedger from '../../public/locales/zh-TW/ledger.json' with { type: 'json' };
import zhTwPayouts from '../../public/locales/zh-TW/payouts.json' with { type: 'json' };
import zhTwInvoices from '../../public/locales/zh-TW/invoices.json' with { type: 'json' };
import zhTwReports from '../../public/locales/zh-TW/reports.json' with { type: 'json' };
import zhTwReceipts from '../../public/locales/zh-TW/receipts.json' with { type: 'json' };
import zhTwDisputes from '../../public/locales/zh-TW/disputes.json' with { type: 'json' };
import jaCommon from '../../public/locales/ja/common.json' with { type: 'json' };
import jaStorefront from '../../public/locales/ja/storefront.json' with { type: 'json' };
import jaAuth from '../../public/locales/ja/auth.json' with { type: 'json' };
import jaAccount from '../../public/locales/ja/account.json' with { type: 'json' };
import jaBuyer from '../../public/locales/ja/buyer.json' with { type: 'json' };
import jaSeller from '../../public/locales/ja/seller.json' with { type: 'json' };
import jaAdmin from '../../public/locales/ja/admin.json' with { type: 'json' };
import jaErrors from '../../public/locales/ja/errors.json' with { type: 'json' };
import jaPricing from '../../public/locales/ja/pricing.json' with { type: 'json' };
import jaPayments from '../../public/locales/ja/payments.json' with { type: 'json' };
import jaWallet from '../../public/locales/ja/wallet.json' with { type: 'json' };
import jaBudgets from '../../public/locales/ja/budgets.json' with { type: 'json' };
import jaLedger from '../../public/locales/ja/ledger.json' with { type: 'json' };
import jaPayouts from '../../public/locales/ja/payouts.json' with { type: 'json' };
import jaInvoices from '../../public/locales/ja/invoices.json' with { type: 'json' };
import jaReports from '../../public/locales/ja/reports.json' with { type: 'json' };
import jaReceipts from '../../public/locales/ja/receipts.json' with { type: 'json' };
import jaDisputes from '../../public/locales/ja/disputes.json' with { type: 'json' };
import type { Locale, Namespace } from './locales.ts';

/** Nested texts of one namespace. */
export interface Texts {
  [key: string]: string | Texts;
}

export const RESOURCES: Record<Locale, Record<Namespace, Texts>> = {
  en: {
    common: enCommon,
    storefront: enStorefront,
    auth: enAuth,
    account: enAccount,
    buyer: enBuyer,
    seller: enSeller,
    admin: enAdmin,
    errors: enErrors,
    pricing: enPricing,
    payments: enPayments,
    wallet: enWallet,
    budgets: enBudgets,
    ledger: enLedger,
    payouts: enPayouts,
    invoices: enInvoices,
    reports: enReports,
    receipts: enReceipts,
    disputes: enDisputes,
  },
  'zh-CN': {
    common: zhCnCommon,
    storefront: zhCnStorefront,
    auth: zhCnAuth,
    account: zhCnAccount,
    buyer: zhCnBuyer,
    seller: zhCnSeller,
    admin: zhCnAdmin,
    errors: zhCnErrors,
    pricing: zhCnPricing,
    payments: zhCnPayments,
    wallet: zhCnWallet,
    budgets: zhCnBudgets,
    ledger: zhCnLedger,
    payouts: zhCnPayouts,
    invoices: zhCnInvoices,
    reports: zhCnReports,
    receipts: zhCnReceipts,
    disputes: zhCnDisputes,
  },
  'zh-TW': {
    common: zhTwCommon,
    storefront: zhTwStorefront,
    auth: zhTwAuth,
    account: zhTwAccount,
    buyer: zhTwBuyer,
    seller: zhTwSeller,
    admin: zhTwAdmin,
    errors: zhTwErrors,
    pricing: zhTwPricing,
    payments: zhTwPayments,
    wallet: zhTwWallet,
    budgets: zhTwBudgets,
    ledger: zhTwLedger,
    payouts: zhTwPayouts,
    invoices: zhTwInvoices,
    reports: zhTwReports,
    receipts: zhTwReceipts,
    disputes: zhTwDisputes,
  },
  ja: {
    common: jaCommon,
    storefront: jaStorefront,
    auth: jaAuth,
    account: jaAccount,
    buyer: jaBuyer,
    seller: jaSeller,
    admin: jaAdmin,
    errors: jaErrors,
    pricing: jaPricing,
    payments: jaPayments,
    wallet: jaWallet,
    budgets: jaBudgets,
    ledger: jaLedger,
    payouts: jaPayouts,
    invoices: jaInvoices,
    reports: jaReports,
    receipts: jaReceipts,
    disputes: jaDisputes,
  },
};
