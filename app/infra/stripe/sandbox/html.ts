/** Markup for the sandbox's pages: everything that is put into a template is escaped. */
import { checkoutLocale, TEXTS, type CheckoutLocale } from './texts.ts';

/** Trusted markup. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Part = string | Html | Html[] | null | false;

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

export function html(parts: TemplateStringsArray, ...values: Part[]): Html {
  const render = (value: Part | undefined): string => {
    if (value === null || value === undefined || value === false) return '';
    if (typeof value === 'string') return escape(value);
    return Array.isArray(value) ? value.map((item) => item.text).join('') : value.text;
  };
  return new Html(
    parts.reduce((text, part, i) => text + part + (i < values.length ? render(values[i]) : ''), ''),
  );
}

/** Every page says that no money moves. */
export function layout(locale: CheckoutLocale, heading: string, body: Html, isWide = false): string {
  const t = TEXTS[locale];
  return html`<!doctype html>
    <html lang="${locale}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${heading} · Tollgate</title>
        <link rel="stylesheet" href="/stripe-sandbox/checkout.css" />
      </head>
      <body>
        <header class="banner"><strong>${t.banner}</strong><span>${t.bannerDetail}</span></header>
        <main${isWide ? html` class="wide"` : ''}>${body}</main>
      </body>
    </html>`.text;
}

/** Languages as a browser lists them, for pages whose session names none. */
export function localeOf(stripeLocale: string | null | undefined, acceptLanguage = ''): CheckoutLocale {
  if (stripeLocale && stripeLocale !== 'auto') return checkoutLocale(stripeLocale);
  for (const part of acceptLanguage.split(',')) {
    const tag = part.split(';')[0]?.trim() ?? '';
    if (/^zh-(tw|hk|hant)/i.test(tag)) return 'zh-TW';
    if (/^zh/i.test(tag)) return 'zh-CN';
    if (/^ja/i.test(tag)) return 'ja';
    if (/^en/i.test(tag)) return 'en';
  }
  return 'en';
}
