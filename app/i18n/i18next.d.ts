/** Types keys after the English texts. `common:` and `errors:` may be named from every namespace. */
import 'i18next';
import type account from '../../public/locales/en/account.json';
import type admin from '../../public/locales/en/admin.json';
import type auth from '../../public/locales/en/auth.json';
import type buyer from '../../public/locales/en/buyer.json';
import type common from '../../public/locales/en/common.json';
import type errors from '../../public/locales/en/errors.json';
import type seller from '../../public/locales/en/seller.json';
import type storefront from '../../public/locales/en/storefront.json';

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
      buyer: typeof buyer & Shared;
      common: typeof common & Shared;
      errors: typeof errors & Shared;
      seller: typeof seller & Shared;
      storefront: typeof storefront & Shared;
    };
    returnNull: false;
    strictKeyChecks: false;
    /** Values arrive as `{{name}}`; which names a text has is a test's business. */
    parseInterpolation: false;
  }
}
