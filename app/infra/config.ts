/**
 * The only reader of the environment. Everything is parsed once, at start; every problem is
 * reported together, so that one restart fixes them all. `.env.example` documents each name.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { parseProxyUrl } from '../lib/proxy-url.ts';
import { isPublishedSample, parseEncryptionKeys, type EncryptionKey } from './config-secrets.ts';
import type { OutboundProxies } from './egress/default-routes.ts';

export type Environment = Record<string, string | undefined>;

export interface Config {
  mode: 'development' | 'test' | 'production';
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /** Origin in links, mails and printed commands; null: the address listened on. */
  publicUrl: string | null;
  /** Origin of the proxy when it has a hostname of its own. */
  proxyPublicBaseUrl: string | null;
  /** How many proxies in front of us set X-Forwarded-For; 0: the header is ignored. */
  trustedProxyHops: number;
  /** Origins that may call the management API from a browser. */
  corsOrigins: string[];
  dataDir: string;
  /** Null: the embedded PostgreSQL under `dataDir`. */
  databaseUrl: string | null;
  databasePoolSize: number;
  redis: { url: string; poolSize: number } | null;
  /** Null: the sandbox. */
  stripe: { secretKey: string; webhookSecret: string } | null;
  /** Where the sandbox posts its webhooks; null: the web process of this machine. */
  stripeSandboxWebhookUrl: string | null;
  smtp: { url: string; from: string } | null;
  secrets: { session: string; jwt: string; keyPepper: string; encryptionKeys: EncryptionKey[] };
  jwtLifetimeHours: number;
  /** `host:port` pairs that the egress guard lets through although they are not public. */
  egressAllow: string[];
  /** Proxies that outside connections go through unless their upstream names a pool. */
  outboundProxies: OutboundProxies;
  admin: { username: string; password: string | null };
  globalProxyKeys: string[];
  /** Keys of LLM makers that the first run makes providers of; null: none. */
  providerKeys: { openai: string | null; anthropic: string | null; google: string | null };
  /** Seed and run the demo marketplace when the database is empty. */
  demo: boolean;
  /** What the gateway is held to, as far as it differs from `DEFAULT_LIMITS` (`gateway/limits.ts`). */
  gatewayLimits: {
    ipRequestsPerMinute?: number;
    organizationRequestsPerMinute?: number;
    keyRequestsPerMinute?: number;
    maxActiveCalls?: number;
    maxBufferedBytes?: number;
    llmBodyBytes?: number;
    drainMs?: number;
  };
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
}

/** All problems of an environment; `message` lists them line by line. */
export class ConfigError extends Error {
  readonly problems: string[];
  constructor(problems: string[]) {
    super(
      `The configuration has ${problems.length} problem(s):\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

const MIN_SECRET_CHARS = 32;
const DEFAULT_PORT = 3000;
const DEVELOPMENT_SECRETS_FILE = 'secrets.json';

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);
const flag = z
  .enum(['0', '1', 'true', 'false', 'yes', 'no', 'on', 'off'])
  .transform((v) => ['1', 'true', 'yes', 'on'].includes(v));
const positive = (max: number) => z.coerce.number().int().min(1).max(max);
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  );
const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    message: `must be a URL starting with ${protocols.map((p) => `${p}//`).join(' or ')}`,
  });
const PROXY_URL_RULE = 'must be a URL starting with http://, https:// or socks5://, without a path';
const proxyUrl = z.string().refine((text) => parseProxyUrl(text) !== null, { message: PROXY_URL_RULE });
const origin = url('http:', 'https:').transform((text) => text.replace(/\/+$/, ''));

const schema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: port(DEFAULT_PORT),
  PUBLIC_URL: origin.optional(),
  PROXY_PUBLIC_BASE_URL: origin.optional(),
  TRUSTED_PROXY_HOPS: z.coerce.number().int().min(0).max(10).default(0),
  CORS_ALLOWED_ORIGINS: list,
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(2).max(200).default(10),
  DB_HOST: z.string().optional(),
  DB_PORT: z.coerce.number().int().min(1).max(65_535).default(5432),
  DB_USER: z.string().default('postgres'),
  DB_PASSWORD: z.string().default(''),
  DB_NAME: z.string().default('tollgate'),
  DB_SSLMODE: z.enum(['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']).default('prefer'),
  REDIS_URL: url('redis:', 'rediss:').optional(),
  REDIS_HOST: z.string().optional(),
  REDIS_PORT: z.coerce.number().int().min(1).max(65_535).default(6379),
  REDIS_PASSWORD: z.string().default(''),
  REDIS_DB: z.coerce.number().int().min(0).max(15).default(0),
  REDIS_POOL_SIZE: z.coerce.number().int().min(1).max(100).default(1),
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^(sk|rk)_(test|live)_/, 'must start with sk_test_, sk_live_, rk_test_ or rk_live_')
    .optional(),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_/, 'must start with whsec_')
    .optional(),
  STRIPE_SANDBOX_WEBHOOK_URL: url('http:').optional(),
  SMTP_URL: url('smtp:', 'smtps:').optional(),
  MAIL_FROM: z.string().default('Tollgate <no-reply@localhost>'),
  SESSION_SECRET: z.string().optional(),
  JWT_SECRET: z.string().optional(),
  JWT_EXPIRATION_HOURS: z.coerce
    .number()
    .positive()
    .max(24 * 365)
    .default(72),
  KEY_PEPPER: z.string().optional(),
  ENCRYPTION_KEY: z.string().optional(),
  EGRESS_ALLOW: list,
  HTTP_PROXY: proxyUrl.optional(),
  HTTPS_PROXY: proxyUrl.optional(),
  NO_PROXY: list.default(['localhost', '127.0.0.1', '::1']),
  PROXY_POOL_ENABLED: flag.default(false),
  PROXY_POOL_URL: list.pipe(z.array(proxyUrl)),
  ALLOW_TEST_HOOKS: flag.default(false),
  ADMIN_USERNAME: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{1,38}$/i, 'must be 2 to 39 letters, digits, dots, dashes or underscores')
    .default('admin'),
  ADMIN_PASSWORD: z.string().optional(),
  GLOBAL_PROXY_KEYS: list,
  OPENAI_API_KEY: z.string().optional(),
  ANTHROPIC_API_KEY: z.string().optional(),
  GOOGLE_API_KEY: z.string().optional(),
  IP_REQUESTS_PER_MINUTE: positive(100_000_000).optional(),
  ORGANIZATION_REQUESTS_PER_MINUTE: positive(100_000_000).optional(),
  KEY_REQUESTS_PER_MINUTE: positive(100_000_000).optional(),
  MAX_ACTIVE_CALLS: positive(1_000_000).optional(),
  MAX_BUFFERED_MB: positive(1_000_000).optional(),
  MAX_LLM_REQUEST_MB: positive(256).optional(),
  DRAIN_SECONDS: positive(3_600).optional(),
  DEMO: flag.default(true),
  LOG_LEVEL: z
    .string()
    .transform((text) => text.toLowerCase())
    .pipe(z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']))
    .default('info'),
});

type Values = z.infer<typeof schema>;

/** Names of the reference systems and what they are called here; the first one set wins. */
const ALIASES: Record<string, string[]> = {
  PORT: ['API_SERVER_PORT', 'SERVER_PORT', 'BACKEND_PORT'],
  JWT_SECRET: ['JWT_SECRET_KEY'],
  CORS_ALLOWED_ORIGINS: ['CORS_ORIGINS', 'CORS_ORIGIN'],
  HTTP_PROXY: ['http_proxy'],
  HTTPS_PROXY: ['https_proxy'],
  NO_PROXY: ['no_proxy'],
};

/** Every name that is read, for the test that `.env.example` documents them all. */
export function environmentNames(): string[] {
  return [...Object.keys(schema.shape), ...Object.values(ALIASES).flat()];
}

/** Blank is unset; aliases fill names that are not set. */
function normalise(environment: Environment): Environment {
  const values: Environment = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && value.trim() !== '') values[name] = value.trim();
  }
  for (const [name, aliases] of Object.entries(ALIASES)) {
    values[name] ??= aliases.map((alias) => values[alias]).find((value) => value !== undefined);
  }
  return values;
}

function databaseUrl(values: Values): string | null {
  if (values.DATABASE_URL) return values.DATABASE_URL;
  if (!values.DB_HOST) return null;
  const credentials = `${encodeURIComponent(values.DB_USER)}:${encodeURIComponent(values.DB_PASSWORD)}`;
  return `postgres://${credentials}@${values.DB_HOST}:${values.DB_PORT}/${values.DB_NAME}?sslmode=${values.DB_SSLMODE}`;
}

function redis(values: Values): Config['redis'] {
  if (values.REDIS_URL) return { url: values.REDIS_URL, poolSize: values.REDIS_POOL_SIZE };
  if (!values.REDIS_HOST) return null;
  const password = values.REDIS_PASSWORD ? `:${encodeURIComponent(values.REDIS_PASSWORD)}@` : '';
  return {
    url: `redis://${password}${values.REDIS_HOST}:${values.REDIS_PORT}/${values.REDIS_DB}`,
    poolSize: values.REDIS_POOL_SIZE,
  };
}

const BYTES_PER_MB = 1024 * 1024;

/** Only what is set: the usual numbers stand with the gateway. */
function gatewayLimits(values: Values): Config['gatewayLimits'] {
  const times = (value: number | undefined, factor: number) => (value === undefined ? value : value * factor);
  const limits = {
    ipRequestsPerMinute: values.IP_REQUESTS_PER_MINUTE,
    organizationRequestsPerMinute: values.ORGANIZATION_REQUESTS_PER_MINUTE,
    keyRequestsPerMinute: values.KEY_REQUESTS_PER_MINUTE,
    maxActiveCalls: values.MAX_ACTIVE_CALLS,
    maxBufferedBytes: times(values.MAX_BUFFERED_MB, BYTES_PER_MB),
    llmBodyBytes: times(values.MAX_LLM_REQUEST_MB, BYTES_PER_MB),
    drainMs: times(values.DRAIN_SECONDS, 1_000),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

/** Secrets made once for a development machine; never used in production. */
function developmentSecrets(dataDir: string): Record<string, string> {
  const file = join(dataDir, DEVELOPMENT_SECRETS_FILE);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  const secrets = {
    SESSION_SECRET: randomBytes(32).toString('base64url'),
    JWT_SECRET: randomBytes(32).toString('base64url'),
    KEY_PEPPER: randomBytes(32).toString('base64url'),
    ENCRYPTION_KEY: `k1:${randomBytes(32).toString('base64')}`,
  };
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(file, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}

function secretProblems(name: string, value: string | undefined): string[] {
  if (!value) return [`${name} is required in production`];
  if (isPublishedSample(value))
    return [`${name} is a published sample; make your own (openssl rand -base64 32)`];
  if (value.length < MIN_SECRET_CHARS) return [`${name} is shorter than ${MIN_SECRET_CHARS} characters`];
  return [];
}

function productionProblems(values: Values): string[] {
  const problems = (['SESSION_SECRET', 'JWT_SECRET', 'KEY_PEPPER', 'ENCRYPTION_KEY'] as const).flatMap(
    (name) => secretProblems(name, values[name]),
  );
  if (values.ADMIN_PASSWORD && isPublishedSample(values.ADMIN_PASSWORD)) {
    problems.push('ADMIN_PASSWORD is a published sample; choose your own');
  }
  for (const key of values.GLOBAL_PROXY_KEYS) {
    if (key.length < MIN_SECRET_CHARS || isPublishedSample(key)) {
      problems.push(
        `GLOBAL_PROXY_KEYS has a key that is a sample or shorter than ${MIN_SECRET_CHARS} characters`,
      );
    }
  }
  if (!values.PUBLIC_URL)
    problems.push('PUBLIC_URL is required in production: links in mails are made from it');
  if (values.ALLOW_TEST_HOOKS) return problems;
  if (values.EGRESS_ALLOW.length > 0)
    problems.push('EGRESS_ALLOW is refused in production (unless ALLOW_TEST_HOOKS=1)');
  if (!values.STRIPE_SECRET_KEY) {
    problems.push(
      'STRIPE_SECRET_KEY is required in production: the sandbox gives money away (ALLOW_TEST_HOOKS=1 to run it all the same)',
    );
  }
  return problems;
}

function commonProblems(values: Values): string[] {
  const problems: string[] = [];
  if (values.STRIPE_SECRET_KEY && !values.STRIPE_WEBHOOK_SECRET) {
    problems.push('STRIPE_WEBHOOK_SECRET is required with STRIPE_SECRET_KEY');
  }
  if (values.ADMIN_PASSWORD && values.ADMIN_PASSWORD.length < 8)
    problems.push('ADMIN_PASSWORD is shorter than 8 characters');
  if (values.PROXY_POOL_ENABLED && values.PROXY_POOL_URL.length === 0) {
    problems.push('PROXY_POOL_URL is required with PROXY_POOL_ENABLED');
  }
  for (const entry of values.EGRESS_ALLOW) {
    if (!/^(\[[0-9a-f:.]+\]|[^:\s]+):\d{1,5}$/i.test(entry))
      problems.push(`EGRESS_ALLOW: "${entry}" is no host:port`);
  }
  return problems;
}

/** The process environment, filled from `.env` where it has no value. */
function readEnvironment(): Environment {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}

/** What can be read of the environment, and what is wrong with the rest. */
function parse(environment: Environment): { values: Values; problems: string[] } {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return { values: parsed.data, problems: [] };
  const { issues } = parsed.error;
  const bad = new Set(issues.map((issue) => String(issue.path[0])));
  const rest = Object.fromEntries(Object.entries(environment).filter(([name]) => !bad.has(name)));
  const problems = [...new Set(issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))];
  return { values: schema.parse(rest), problems };
}

/** Adds problems of names that have none yet: a bad value is not also a missing one. */
function addProblems(problems: string[], more: string[]): void {
  const nameOf = (problem: string): string => /^[A-Z_]+/.exec(problem)?.[0] ?? '';
  const known = new Set(problems.map(nameOf));
  problems.push(...more.filter((problem) => !known.has(nameOf(problem))));
}

/**
 * Parses the environment.
 * @throws ConfigError with every problem found.
 */
export function loadConfig(environment: Environment = readEnvironment()): Config {
  const { values: given, problems } = parse(normalise(environment));
  let values = given;
  const dataDir = isAbsolute(values.DATA_DIR) ? values.DATA_DIR : resolve(values.DATA_DIR);
  addProblems(problems, commonProblems(values));
  if (values.NODE_ENV === 'production') addProblems(problems, productionProblems(values));
  else if (problems.length === 0) {
    const set = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
    values = { ...values, ...developmentSecrets(dataDir), ...set };
  }
  const encryptionKeys = parseEncryptionKeys(values.ENCRYPTION_KEY ?? '', problems);
  if (problems.length > 0) throw new ConfigError(problems);

  return {
    mode: values.NODE_ENV,
    host: values.HOST,
    port: values.PORT,
    publicUrl: values.PUBLIC_URL ?? null,
    proxyPublicBaseUrl: values.PROXY_PUBLIC_BASE_URL ?? null,
    trustedProxyHops: values.TRUSTED_PROXY_HOPS,
    corsOrigins: values.CORS_ALLOWED_ORIGINS,
    dataDir,
    databaseUrl: databaseUrl(values),
    databasePoolSize: values.DATABASE_POOL_SIZE,
    redis: redis(values),
    stripe: values.STRIPE_SECRET_KEY
      ? { secretKey: values.STRIPE_SECRET_KEY, webhookSecret: values.STRIPE_WEBHOOK_SECRET! }
      : null,
    stripeSandboxWebhookUrl: values.STRIPE_SANDBOX_WEBHOOK_URL ?? null,
    smtp: values.SMTP_URL ? { url: values.SMTP_URL, from: values.MAIL_FROM } : null,
    secrets: {
      session: values.SESSION_SECRET!,
      jwt: values.JWT_SECRET!,
      keyPepper: values.KEY_PEPPER!,
      encryptionKeys,
    },
    jwtLifetimeHours: values.JWT_EXPIRATION_HOURS,
    egressAllow: values.EGRESS_ALLOW,
    outboundProxies: {
      http: values.HTTP_PROXY ?? null,
      https: values.HTTPS_PROXY ?? null,
      pool: values.PROXY_POOL_ENABLED ? values.PROXY_POOL_URL : [],
      noProxy: values.NO_PROXY,
    },
    admin: { username: values.ADMIN_USERNAME, password: values.ADMIN_PASSWORD ?? null },
    globalProxyKeys: values.GLOBAL_PROXY_KEYS,
    providerKeys: {
      openai: values.OPENAI_API_KEY ?? null,
      anthropic: values.ANTHROPIC_API_KEY ?? null,
      google: values.GOOGLE_API_KEY ?? null,
    },
    gatewayLimits: gatewayLimits(values),
    demo: values.DEMO && values.NODE_ENV !== 'production',
    logLevel: values.LOG_LEVEL,
  };
}
