/** Types keys after the English texts. `common:` and `errors:` may be named from every namespace. */
import 'i18next';
import type account from '../../public/locales/en/account.json';
import type admin from '../../public/locales/en/admin.json';
import type auth from '../../public/locales/en/auth.json';
import type budgets from '../../public/locales/en/budgets.json';
import type buyer from '../../public/locales/en/buyer.json';
import type common from '../../public/locales/en/common.json';
import type disputes from '../../public/locales/en/disputes.json';
import type errors from '../../public/locales/en/errors.json';
import type invoices from '../../public/locales/en/invoices.json';
import type ledger from '../../public/locales/en/ledger.json';
import type payments from '../../public/locales/en/payments.json';
import type payouts from '../../public/locales/en/payouts.json';
import type pricing from '../../public/locales/en/pricing.json';
import type receipts from '../../public/locales/en/receipts.json';
import type reports from '../../public/locales/en/reports.json';
import type seller from '../../public/locales/en/seller.json';
import type storefront from '../../public/locales/en/storefront.json';
import type wallet from '../../public/locales/en/wallet.json';

/** `{ a: { b: string } }` to `'a.b'`. */
type Paths<Tree> = {
  [Key in keyof Tree & string]: Tree[Key] extends string ? Key : `${Key}.${Paths<Tree[Key]>}`;
}[keyof Tree & string];

type Shared = {
  [Key in `common:${Paths<typeof common>}` | `errors:${Paths<typeof errors>}`]: string;
};

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: {
      account: typeof account & Shared;
      admin: typeof admin & Shared;
      auth: typeof auth & Shared;
      budgets: typeof budgets & Shared;
      buyer: typeof buyer & Shared;
      common: typeof common & Shared;
      disputes: typeof disputes & Shared;
      errors: typeof errors & Shared;
      invoices: typeof invoices & Shared;
      ledger: typeof ledger & Shared;
      payments: typeof payments & Shared;
      payouts: typeof payouts & Shared;
      pricing: typeof pricing & Shared;
      receipts: typeof receipts & Shared;
      reports: typeof reports & Shared;
      seller: typeof seller & Shared;
      storefront: typeof storefront & Shared;
      wallet: typeof wallet & Shared;
    };
    returnNull: false;
    strictKeyChecks: false;
    /** Values arrive as `{{name}}`; which names a text has is a test's business. */
    parseInterpolation: false;
  }
}
