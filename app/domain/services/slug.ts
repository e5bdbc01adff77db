/** Slugs: the names of services in addresses, `/services/:slug` and `/proxy/v1/:slug`. */
import { randomBytes } from 'node:crypto';

export const MIN_SLUG_CHARS = 3;
export const MAX_SLUG_CHARS = 60;
export const SLUG_PATTERN = /^[a-z0-9][a-z0-9-]{1,58}[a-z0-9]$/;

/** Words that addresses of ours use, or that would pass for the platform. */
const RESERVED = new Set([
  ...[
    'about',
    'account',
    'admin',
    'administrator',
    'api',
    'apis',
    'app',
    'assets',
    'auth',
    'billing',
    'blog',
  ],
  ...['buyer', 'cdn', 'dashboard', 'demo', 'docs', 'favicon', 'gateway', 'health', 'healthz', 'help', 'home'],
  ...['invoices', 'llm', 'llms', 'locales', 'login', 'logout', 'me', 'metrics', 'models', 'new', 'openapi'],
  ...[
    'pricing',
    'proxy',
    'public',
    'readyz',
    'register',
    'resources',
    'robots',
    'root',
    'search',
    'security',
  ],
  ...['seller', 'service', 'services', 'settings', 'sitemap', 'static', 'status', 'support', 'system'],
  ...['tollgate', 'v1', 'v1beta', 'v2', 'version', 'webhook', 'webhooks', 'www'],
]);

export function isReservedSlug(slug: string): boolean {
  return RESERVED.has(slug);
}

/** Letters that Unicode does not decompose into a Latin letter and marks. */
const LATIN: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  þ: 'th',
  ı: 'i',
};

/**
 * A slug from a name: accents and case go, everything else becomes a hyphen. Names without enough
 * Latin letters or digits, and reserved words, give `api-` and six random characters.
 */
export function deriveSlug(name: string): string {
  const slug = name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[ßæœøđðłþı]/g, (letter) => LATIN[letter] ?? '')
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG_CHARS - 4)
    .replace(/^-+|-+$/g, '');
  if (slug.length < MIN_SLUG_CHARS || isReservedSlug(slug)) {
    return `api-${BigInt(`0x${randomBytes(5).toString('hex')}`)
      .toString(36)
      .padStart(6, '0')
      .slice(-6)}`;
  }
  return slug;
}

/** The slug itself when it is free, else with the first free number behind it. */
export function firstFreeSlug(slug: string, taken: ReadonlySet<string>): string {
  if (!taken.has(slug)) return slug;
  for (let number = 2; ; number++) {
    const suffix = `-${number}`;
    const candidate = slug.slice(0, MAX_SLUG_CHARS - suffix.length) + suffix;
    if (!taken.has(candidate)) return candidate;
  }
}
