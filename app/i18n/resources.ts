/** All translations, as modules: they load the same way natively and in the server bundle. Server only. */
import enCommon from '../../public/locales/en/common.json' with { type: 'json' };
import enStorefront from '../../public/locales/en/storefront.json' with { type: 'json' };
import enAuth from '../../public/locales/en/auth.json' with { type: 'json' };
import enAccount from '../../public/locales/en/account.json' with { type: 'json' };
import enBuyer from '../../public/locales/en/buyer.json' with { type: 'json' };
import enSeller from '../../public/locales/en/seller.json' with { type: 'json' };
import enAdmin from '../../public/locales/en/admin.json' with { type: 'json' };
import enErrors from '../../public/locales/en/errors.json' with { type: 'json' };
import zhCnCommon from '../../public/locales/zh-CN/common.json' with { type: 'json' };
import zhCnStorefront from '../../public/locales/zh-CN/storefront.json' with { type: 'json' };
import zhCnAuth from '../../public/locales/zh-CN/auth.json' with { type: 'json' };
import zhCnAccount from '../../public/locales/zh-CN/account.json' with { type: 'json' };
import zhCnBuyer from '../../public/locales/zh-CN/buyer.json' with { type: 'json' };
import zhCnSeller from '../../public/locales/zh-CN/seller.json' with { type: 'json' };
import zhCnAdmin from '../../public/locales/zh-CN/admin.json' with { type: 'json' };
import zhCnErrors from '../../public/locales/zh-CN/errors.json' with { type: 'json' };
import zhTwCommon from '../../public/locales/zh-TW/common.json' with { type: 'json' };
import zhTwStorefront from '../../public/locales/zh-TW/storefront.json' with { type: 'json' };
import zhTwAuth from '../../public/locales/zh-TW/auth.json' with { type: 'json' };
import zhTwAccount from '../../public/locales/zh-TW/account.json' with { type: 'json' };
import zhTwBuyer from '../../public/locales/zh-TW/buyer.json' with { type: 'json' };
import zhTwSeller from '../../public/locales/zh-TW/seller.json' with { type: 'json' };
import zhTwAdmin from '../../public/locales/zh-TW/admin.json' with { type: 'json' };
import zhTwErrors from '../../public/locales/zh-TW/errors.json' with { type: 'json' };
import jaCommon from '../../public/locales/ja/common.json' with { type: 'json' };
import jaStorefront from '../../public/locales/ja/storefront.json' with { type: 'json' };
import jaAuth from '../../public/locales/ja/auth.json' with { type: 'json' };
import jaAccount from '../../public/locales/ja/account.json' with { type: 'json' };
import jaBuyer from '../../public/locales/ja/buyer.json' with { type: 'json' };
import jaSeller from '../../public/locales/ja/seller.json' with { type: 'json' };
import jaAdmin from '../../public/locales/ja/admin.json' with { type: 'json' };
import jaErrors from '../../public/locales/ja/errors.json' with { type: 'json' };
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
  },
};
