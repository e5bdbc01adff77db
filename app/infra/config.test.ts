import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, type Environment } from './config.ts';

let dataDir: string;
beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tollgate-config-'));
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const load = (environment: Environment = {}) => loadConfig({ DATA_DIR: dataDir, ...environment });
const secret = () => randomBytes(32).toString('base64');
const production = (changes: Environment = {}): Environment => ({
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://market.example.com',
  SESSION_SECRET: secret(),
  JWT_SECRET: secret(),
  KEY_PEPPER: secret(),
  ENCRYPTION_KEY: secret(),
  STRIPE_SECRET_KEY: 'sk_live_123',
  STRIPE_WEBHOOK_SECRET: 'whsec_123',
  ...changes,
});
function problemsOf(environment: Environment): string[] {
  try {
    load(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('an empty environment', () => {
  it('gives a development machine that needs nothing else', () => {
    expect(load()).toMatchObject({
      mode: 'development',
      host: '127.0.0.1',
      port: 3000,
      publicUrl: null,
      databaseUrl: null,
      redis: null,
      stripe: null,
      smtp: null,
      jwtLifetimeHours: 72,
      egressAllow: [],
      globalProxyKeys: [],
      trustedProxyHops: 0,
      admin: { username: 'admin', password: null },
      demo: true,
      logLevel: 'info',
    });
  });

  it('keeps its data in ./data', () => {
    // Production writes nothing, so the real folder stays untouched.
    expect(loadConfig(production()).dataDir).toBe(resolve('data'));
  });

  it('makes secrets once, readable by their owner alone, and finds them again', () => {
    const first = load();
    expect(load().secrets).toEqual(first.secrets);
    expect(statSync(join(dataDir, 'secrets.json')).mode & 0o777).toBe(0o600);
    expect(first.secrets.encryptionKeys[0]?.bytes).toHaveLength(32);
    expect(new Set([first.secrets.session, first.secrets.jwt, first.secrets.keyPepper]).size).toBe(3);
  });

  it('prefers a given secret to a made one', () => {
    expect(load({ JWT_SECRET: 'given' }).secrets.jwt).toBe('given');
    expect(readFileSync(join(dataDir, 'secrets.json'), 'utf8')).not.toContain('given');
  });
});

describe('values', () => {
  it('treat blank as unset', () => {
    expect(load({ PORT: '  ', DATABASE_URL: '', REDIS_URL: ' ', LOG_LEVEL: '' })).toMatchObject({
      port: 3000,
      databaseUrl: null,
      redis: null,
      logLevel: 'info',
    });
  });

  it('are trimmed, lists are split, trailing slashes of origins fall', () => {
    expect(
      load({
        PORT: ' 8080 ',
        PUBLIC_URL: 'https://market.example.com/',
        PROXY_PUBLIC_BASE_URL: 'https://api.example.com//',
        EGRESS_ALLOW: '127.0.0.1:9000, [::1]:9001,,upstream.test:80',
        CORS_ALLOWED_ORIGINS: 'https://a.example, https://b.example',
        GLOBAL_PROXY_KEYS: 'one,two',
        TRUSTED_PROXY_HOPS: '1',
      }),
    ).toMatchObject({
      port: 8080,
      publicUrl: 'https://market.example.com',
      proxyPublicBaseUrl: 'https://api.example.com',
      egressAllow: ['127.0.0.1:9000', '[::1]:9001', 'upstream.test:80'],
      corsOrigins: ['https://a.example', 'https://b.example'],
      globalProxyKeys: ['one', 'two'],
      trustedProxyHops: 1,
    });
  });

  it.each([
    ['0', false],
    ['false', false],
    ['no', false],
    ['off', false],
    ['1', true],
    ['true', true],
    ['yes', true],
    ['on', true],
  ])('read DEMO=%s as %s', (text, expected) => {
    expect(load({ DEMO: text }).demo).toBe(expected);
  });

  it('take Stripe and SMTP whole', () => {
    const config = load({
      STRIPE_SECRET_KEY: 'sk_test_1',
      STRIPE_WEBHOOK_SECRET: 'whsec_1',
      SMTP_URL: 'smtp://mail.example.com:587',
      MAIL_FROM: 'Market <hello@example.com>',
    });
    expect(config.stripe).toEqual({ secretKey: 'sk_test_1', webhookSecret: 'whsec_1' });
    expect(config.smtp).toEqual({ url: 'smtp://mail.example.com:587', from: 'Market <hello@example.com>' });
  });
});

describe('names of the reference systems', () => {
  it('build the database URL of DB_*, with every character of the password', () => {
    const { databaseUrl } = load({
      DB_HOST: 'db.internal',
      DB_PORT: '6432',
      DB_USER: 'mark et',
      DB_PASSWORD: 'p@ss:/?#%',
      DB_NAME: 'shop',
      DB_SSLMODE: 'require',
    });
    const parsed = new URL(databaseUrl!);
    expect(decodeURIComponent(parsed.username)).toBe('mark et');
    expect(decodeURIComponent(parsed.password)).toBe('p@ss:/?#%');
    expect(parsed.host).toBe('db.internal:6432');
    expect(parsed.pathname).toBe('/shop');
    expect(parsed.searchParams.get('sslmode')).toBe('require');
  });

  it('name outbound proxies and what is reached without them, in either case', () => {
    expect(load({}).outboundProxies).toEqual({
      http: null,
      https: null,
      pool: [],
      noProxy: ['localhost', '127.0.0.1', '::1'],
    });
    expect(
      load({
        http_proxy: 'http://proxy.example.com:3128',
        HTTPS_PROXY: 'socks5://me:secret@proxy.example.com',
        no_proxy: '.internal.example.com, 10.0.0.0/8',
        PROXY_POOL_ENABLED: 'true',
        PROXY_POOL_URL: 'http://proxy-pool:8080,socks5://second:1080',
      }).outboundProxies,
    ).toEqual({
      http: 'http://proxy.example.com:3128',
      https: 'socks5://me:secret@proxy.example.com',
      pool: ['http://proxy-pool:8080', 'socks5://second:1080'],
      noProxy: ['.internal.example.com', '10.0.0.0/8'],
    });
    expect(load({ PROXY_POOL_URL: 'http://proxy-pool:8080' }).outboundProxies.pool).toEqual([]);
  });

  it('build the Redis URL of REDIS_*', () => {
    expect(
      load({
        REDIS_HOST: 'cache',
        REDIS_PORT: '6380',
        REDIS_PASSWORD: 's:3@cret',
        REDIS_DB: '4',
        REDIS_POOL_SIZE: '7',
      }).redis,
    ).toEqual({ url: 'redis://:s%3A3%40cret@cache:6380/4', poolSize: 7 });
    expect(load({ REDIS_HOST: 'cache' }).redis).toEqual({ url: 'redis://cache:6379/0', poolSize: 1 });
  });

  it('lose against our own names', () => {
    const config = load({
      DATABASE_URL: 'postgres://a/b',
      DB_HOST: 'other',
      REDIS_URL: 'redis://a',
      REDIS_HOST: 'other',
      PORT: '1',
      SERVER_PORT: '2',
      JWT_SECRET: 'ours',
      JWT_SECRET_KEY: 'theirs',
    });
    expect(config.databaseUrl).toBe('postgres://a/b');
    expect(config.redis?.url).toBe('redis://a');
    expect(config.port).toBe(1);
    expect(config.secrets.jwt).toBe('ours');
  });

  it.each(['API_SERVER_PORT', 'SERVER_PORT', 'BACKEND_PORT'])('give the port as %s', (name) => {
    expect(load({ [name]: '4321' }).port).toBe(4321);
  });

  it.each(['CORS_ALLOWED_ORIGINS', 'CORS_ORIGINS', 'CORS_ORIGIN'])('give the CORS origins as %s', (name) => {
    expect(load({ [name]: 'https://a.example' }).corsOrigins).toEqual(['https://a.example']);
  });

  it('hold the gateway to other numbers than the usual ones', () => {
    expect(load({}).gatewayLimits).toEqual({});
    const given = {
      ...{
        IP_REQUESTS_PER_MINUTE: '120',
        ORGANIZATION_REQUESTS_PER_MINUTE: '90',
        KEY_REQUESTS_PER_MINUTE: '60',
      },
      ...{ MAX_ACTIVE_CALLS: '50', MAX_BUFFERED_MB: '2', MAX_LLM_REQUEST_MB: '8', DRAIN_SECONDS: '5' },
    };
    expect(load(given).gatewayLimits).toEqual({
      ipRequestsPerMinute: 120,
      organizationRequestsPerMinute: 90,
      keyRequestsPerMinute: 60,
      maxActiveCalls: 50,
      maxBufferedBytes: 2 * 1024 * 1024,
      llmBodyBytes: 8 * 1024 * 1024,
      drainMs: 5_000,
    });
    expect(problemsOf({ IP_REQUESTS_PER_MINUTE: '0', DRAIN_SECONDS: 'soon' })).toHaveLength(2);
  });

  it('give secrets, lifetimes and the administrator', () => {
    const config = load({
      JWT_SECRET_KEY: 'theirs',
      JWT_EXPIRATION_HOURS: '24',
      ENCRYPTION_KEY: 'this is 32 plain characters long',
      ADMIN_USERNAME: 'root.admin',
      ADMIN_PASSWORD: 'long enough',
      LOG_LEVEL: 'DEBUG',
    });
    expect(config.secrets.jwt).toBe('theirs');
    expect(config.jwtLifetimeHours).toBe(24);
    expect(config.secrets.encryptionKeys[0]?.bytes.toString()).toBe('this is 32 plain characters long');
    expect(config.admin).toEqual({ username: 'root.admin', password: 'long enough' });
    expect(config.logLevel).toBe('debug');
  });
});

describe('bad values', () => {
  it.each([
    ['NODE_ENV', 'staging'],
    ['PORT', 'http'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PUBLIC_URL', 'market.example.com'],
    ['PUBLIC_URL', 'ftp://market.example.com'],
    ['PROXY_PUBLIC_BASE_URL', 'javascript:alert(1)'],
    ['DATABASE_URL', 'mysql://localhost/x'],
    ['DATABASE_POOL_SIZE', '1'],
    ['DB_PORT', '0'],
    ['DB_SSLMODE', 'maybe'],
    ['REDIS_URL', 'http://localhost'],
    ['REDIS_DB', '99'],
    ['STRIPE_SECRET_KEY', 'pk_live_1'],
    ['STRIPE_WEBHOOK_SECRET', 'secret'],
    ['SMTP_URL', 'mail.example.com'],
    ['JWT_EXPIRATION_HOURS', '0'],
    ['JWT_EXPIRATION_HOURS', 'forever'],
    ['HTTP_PROXY', 'proxy.example.com:3128'],
    ['HTTPS_PROXY', 'socks4://proxy.example.com'],
    ['PROXY_POOL_URL', 'http://one.example.com,two'],
    ['EGRESS_ALLOW', '127.0.0.1'],
    ['EGRESS_ALLOW', 'http://127.0.0.1:80'],
    ['ADMIN_USERNAME', 'a'],
    ['ADMIN_PASSWORD', 'short'],
    ['ENCRYPTION_KEY', 'too short'],
    ['DEMO', 'perhaps'],
    ['TRUSTED_PROXY_HOPS', '-1'],
    ['LOG_LEVEL', 'loud'],
  ])('%s=%s is a problem named after it', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name}\\b`))]);
  });

  it('are listed all at once, whichever check finds them', () => {
    const problems = problemsOf({
      NODE_ENV: 'production',
      PORT: 'http',
      LOG_LEVEL: 'loud',
      EGRESS_ALLOW: 'nonsense',
      STRIPE_SECRET_KEY: 'pk_wrong',
      ADMIN_PASSWORD: 'short',
      JWT_SECRET: 'your-super-secret-jwt-key',
      ENCRYPTION_KEY: 'short',
    });
    const names = problems.map((problem) => /^[A-Z_]+/.exec(problem)?.[0]);
    expect(new Set(names)).toEqual(
      new Set([
        'PORT',
        'LOG_LEVEL',
        'EGRESS_ALLOW',
        'STRIPE_SECRET_KEY',
        'ADMIN_PASSWORD',
        'JWT_SECRET',
        'SESSION_SECRET',
        'KEY_PEPPER',
        'ENCRYPTION_KEY',
        'PUBLIC_URL',
      ]),
    );
    expect(problems.filter((problem) => problem.startsWith('STRIPE_SECRET_KEY'))).toHaveLength(1);
  });

  it('stand one to a line in the message', () => {
    expect(() => load({ PORT: 'x', DEMO: 'x' })).toThrow(/2 problem\(s\):\n {2}- \w+.*\n {2}- \w+/);
  });

  it('are not repeated to the terminal when they are secrets', () => {
    const problems = problemsOf(production({ SESSION_SECRET: 'hush-short', STRIPE_SECRET_KEY: 'live_hush' }));
    expect(problems).not.toEqual([]);
    expect(problems.join()).not.toContain('hush');
  });

  it('ask for the webhook secret with the Stripe key', () => {
    expect(problemsOf({ STRIPE_SECRET_KEY: 'sk_test_1' })).toEqual([
      expect.stringContaining('STRIPE_WEBHOOK_SECRET is required'),
    ]);
  });
});

describe('production', () => {
  it('starts with secrets of its own', () => {
    expect(problemsOf(production())).toEqual([]);
    expect(load(production()).demo).toBe(false);
    expect(load(production({ DEMO: '1' })).demo).toBe(false);
  });

  it('never makes secrets', () => {
    const empty = mkdtempSync(join(tmpdir(), 'tollgate-config-'));
    expect(() => loadConfig({ NODE_ENV: 'production', DATA_DIR: empty })).toThrow(ConfigError);
    expect(() => statSync(join(empty, 'secrets.json'))).toThrow();
    rmSync(empty, { recursive: true });
  });

  it.each([
    'SESSION_SECRET',
    'JWT_SECRET',
    'KEY_PEPPER',
    'ENCRYPTION_KEY',
    'PUBLIC_URL',
    'STRIPE_SECRET_KEY',
  ])('refuses to start without %s', (name) => {
    const problems = problemsOf(production({ [name]: undefined }));
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name} is required`))]);
  });

  it.each(['SESSION_SECRET', 'JWT_SECRET', 'KEY_PEPPER', 'ENCRYPTION_KEY'])(
    'refuses a sample as %s',
    (name) => {
      expect(problemsOf(production({ [name]: 'your-super-secret-jwt-key' }))).toContainEqual(
        expect.stringMatching(new RegExp(`^${name} is a published sample`)),
      );
    },
  );

  it.each(['SESSION_SECRET', 'JWT_SECRET', 'KEY_PEPPER'])('refuses a %s of 31 characters', (name) => {
    expect(problemsOf(production({ [name]: secret().slice(0, 31) }))).toEqual([
      expect.stringMatching(new RegExp(`^${name} is shorter`)),
    ]);
  });

  it('refuses the sample administrator password and short global keys', () => {
    expect(problemsOf(production({ ADMIN_PASSWORD: 'admin123' }))).toHaveLength(1);
    expect(problemsOf(production({ GLOBAL_PROXY_KEYS: 'short' }))).toHaveLength(1);
  });

  it('refuses holes in the egress guard and free money, except with test hooks', () => {
    expect(problemsOf(production({ EGRESS_ALLOW: '127.0.0.1:80' }))).toEqual([
      expect.stringMatching(/^EGRESS_ALLOW is refused in production/),
    ]);
    const hooks = production({
      EGRESS_ALLOW: '127.0.0.1:80',
      STRIPE_SECRET_KEY: undefined,
      STRIPE_WEBHOOK_SECRET: undefined,
      ALLOW_TEST_HOOKS: '1',
    });
    expect(problemsOf(hooks)).toEqual([]);
  });

  it('still refuses samples with test hooks', () => {
    expect(problemsOf(production({ ALLOW_TEST_HOOKS: '1', JWT_SECRET: 'changeme' }))).toHaveLength(1);
  });
});
