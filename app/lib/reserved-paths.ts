/**
 * First segments of addresses that are ours: pages, doors, files. Custom paths never begin with one,
 * so that neither a page nor a door can be taken over. A test compares the list with the route table.
 */
const RESERVED_FIRST_SEGMENTS: ReadonlySet<string> = new Set([
  ...['_root', 'about', 'account', 'admin', 'api', 'app', 'assets', 'auth', 'billing', 'blog', 'buyer'],
  ...['catalogue', 'cdn', 'contact', 'dashboard', 'demo', 'docs', 'favicon', 'gateway', 'health', 'healthz'],
  ...['help', 'home', 'invitations', 'invoices', 'legal', 'livez', 'llm', 'llms', 'locales', 'login'],
  ...['logout', 'me', 'metrics', 'models', 'new', 'oauth', 'openai', 'openapi', 'playground', 'pricing'],
  ...['privacy', 'proxy', 'public', 'ready', 'readyz', 'receipts', 'register', 'resources', 'robots'],
  ...['search', 'security', 'seller', 'service', 'services', 'settings', 'sitemap', 'static', 'status'],
  ...['stripe', 'stripe-sandbox', 'support', 'terms', 'v1', 'v1beta', 'v2', 'version', 'webhook', 'webhooks'],
  ...['well-known', 'www'],
]);

export const MAX_PATH_CHARS = 120;

/** One to three segments of lower-case letters, digits and inner hyphens, without a leading slash. */
const PATH_PATTERN = /^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?(?:\/[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?){0,2}$/;

/** True when `path` (no leading slash) has the form of a custom path. */
export function isCustomPath(path: string): boolean {
  return path.length <= MAX_PATH_CHARS && PATH_PATTERN.test(path);
}

/** True when `path` begins with a segment that belongs to the platform. */
export function isReservedPath(path: string): boolean {
  return RESERVED_FIRST_SEGMENTS.has(path.split('/', 1)[0] ?? '');
}
