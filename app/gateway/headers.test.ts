import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { generateKeySecret } from '../lib/key-format.ts';
import type { Call } from './call.ts';
import { EnvironmentKeys } from './environment-keys.ts';
import { HeaderRules, isForwardable, readRequestHeaders, removeHeader } from './headers.ts';
import { appendBrowserGuards, CallerCaching, copyReturnable, isReturnable } from './response-headers.ts';

function read(...rawHeaders: string[]): Call {
  const call = {
    parts: { headerRules: new HeaderRules(), environmentKeys: new EnvironmentKeys([], '') },
    request: { rawHeaders } as unknown as IncomingMessage,
    forwardHeaders: [],
    presentedKey: null,
    contentLength: -1,
    chunked: false,
    upgrade: false,
    via: '',
    origin: '',
  } as unknown as Call;
  readRequestHeaders(call);
  return call;
}

describe('headers on their way to the seller', () => {
  it.each([
    ...[
      'accept',
      'accept-language',
      'content-type',
      'user-agent',
      'range',
      'if-none-match',
      'idempotency-key',
    ],
    ...[
      'x-custom',
      'x-my-thing',
      'openai-beta',
      'anthropic-version',
      'notion-version',
      'stripe-account',
      'traceparent',
    ],
  ])('%s passes', (name) => expect(isForwardable(name)).toBe(true));

  it.each([
    ...[
      'authorization',
      'cookie',
      'cookie2',
      'x-api-key',
      'api-key',
      'x-goog-api-key',
      'x-proxy-key',
      'proxy-authorization',
    ],
    ...[
      'proxy-connection',
      'te',
      'trailer',
      'transfer-encoding',
      'keep-alive',
      'upgrade',
      'connection',
      'expect',
      'host',
    ],
    ...[
      'content-length',
      'http2-settings',
      'forwarded',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded',
      'x-real-ip',
    ],
    ...[
      'x-client-ip',
      'true-client-ip',
      'cf-connecting-ip',
      'x-original-url',
      'x-rewrite-url',
      'x-http-method-override',
    ],
    ...[
      'x_api_key',
      'x-under_score',
      'origin',
      'referer',
      'sec-fetch-site',
      'x-tollgate-route',
      'x-request-id',
      'x-accel-redirect',
    ],
    ...[
      'access-control-request-method',
      'x-envoy-original-path',
      'x-middleware-subrequest',
      'via',
      'from_',
      'foo',
    ],
    ...[
      'remote-user',
      'x-remote-user',
      'x-remote-addr',
      'x-ms-client-principal',
      'x-ms-client-principal-id',
      'x-goog-authenticated-user-email',
      'x-goog-iap-jwt-assertion',
      'x-auth-request-email',
      'x-consumer-username',
      'ssl-client-verify',
      'x-ssl-client-cert',
      'x-client-cert',
    ],
  ])('%s does not', (name) => expect(isForwardable(name)).toBe(false));

  it('keep order and duplicates; what Connection names goes', () => {
    const call = read('X-One', '1', 'X-Two', '2', 'Connection', 'keep-alive, X-Two', 'X-One', '3');
    expect(call.forwardHeaders).toEqual(['x-one', '1', 'x-one', '3']);
  });

  it('know an upgrade only when Connection says so', () => {
    expect(read('Upgrade', 'websocket', 'Connection', 'Upgrade').upgrade).toBe(true);
    expect(read('Upgrade', 'h2c', 'Connection', 'keep-alive').upgrade).toBe(false);
  });

  it('give up the key, in whichever header it came, and prefer a well-formed one', () => {
    const key = generateKeySecret();
    for (const name of ['x-api-key', 'API-Key', 'X-Goog-Api-Key', 'X-Proxy-Key']) {
      expect(read(name, key)).toMatchObject({ presentedKey: key, forwardHeaders: [] });
    }
    expect(read('Authorization', `bearer  ${key}`).presentedKey).toBe(key);
    expect(read('Authorization', 'Bearer sk-other', 'X-Proxy-Key', key).presentedKey).toBe(key);
    expect(read('X-Proxy-Key', key, 'Authorization', 'Bearer sk-other').presentedKey).toBe(key);
    expect(read('Authorization', 'Basic abc').presentedKey).toBeNull();
  });

  it('can be taken out again', () => {
    const headers = ['a', '1', 'b', '2', 'a', '3'];
    removeHeader(headers, 'a');
    expect(headers).toEqual(['b', '2']);
  });

  it('are remembered in bounded memory', () => {
    const rules = new HeaderRules();
    for (let i = 0; i < 10_000; i++) rules.find(`X-Made-Up-${i}`);
    expect(rules.find('Cookie').rule).toBe(0);
    expect(rules.find('accept').rule).toBe(1);
  });
});

describe('headers on their way to the caller', () => {
  it.each([
    'content-type',
    'content-length',
    'content-encoding',
    'etag',
    'cache-control',
    'retry-after',
    'x-anything',
    'openai-model',
  ])('%s passes', (name) => expect(isReturnable(name)).toBe(true));

  it.each([
    ...[
      'set-cookie',
      'strict-transport-security',
      'clear-site-data',
      'service-worker-allowed',
      'access-control-allow-origin',
    ],
    ...[
      'content-security-policy',
      'content-security-policy-report-only',
      'alt-svc',
      'report-to',
      'nel',
      'refresh',
      'server',
    ],
    ...[
      'www-authenticate',
      'connection',
      'keep-alive',
      'transfer-encoding',
      'trailer',
      'upgrade',
      'proxy-authenticate',
      'via',
    ],
    ...[
      'x-frame-options',
      'x-content-type-options',
      'x-request-id',
      'x-tollgate-cost',
      'x-ratelimit-limit',
      'x-accel-redirect',
    ],
    ...[
      'sourcemap',
      'x-sourcemap',
      'permissions-policy',
      'cross-origin-opener-policy',
      'timing-allow-origin',
      'accept-ch',
    ],
    ...[
      'speculation-rules',
      'origin-agent-cluster',
      'reporting-endpoints',
      'set-login',
      'x-error-source',
      'server-timing',
    ],
  ])('%s does not', (name) => expect(isReturnable(name)).toBe(false));

  it('lose what Connection names, secrets, and redirects elsewhere', () => {
    const into: string[] = [];
    copyReturnable(
      {
        connection: 'x-hop',
        'x-hop': '1',
        'x-echo': 'the SECRET',
        'x-list': ['1', '2'],
        location: 'http://elsewhere/',
      },
      into,
      {
        rules: new HeaderRules(),
        withoutLength: false,
        rewriteLocation: () => null,
        isSecret: (value) => value.includes('SECRET'),
      },
    );
    expect(into).toEqual(['x-list', '1', 'x-list', '2']);
  });

  it('make every answer harmless as a page of our origin', () => {
    const html = ['content-type', 'text/html'];
    appendBrowserGuards(false, html);
    expect(html).toContain('attachment');
    expect(html).toContain("sandbox; default-src 'none'");
    const json = ['content-type', 'application/json'];
    appendBrowserGuards(true, json);
    expect(json).not.toContain('attachment');
    expect(json).toContain('cross-origin');
  });

  it.each([
    ['inline', 'attachment'],
    ['inline; filename="a.svg"', 'attachment; filename="a.svg"'],
    ['attachmentish', 'attachment'],
    ['', 'attachment'],
    ['inline, attachment', 'attachment'],
    ['Attachment; filename=a', 'Attachment; filename=a'],
  ])('do not let a seller have active content shown: %s', (said, allowed) => {
    const svg = ['content-type', 'image/svg+xml', 'content-disposition', said];
    appendBrowserGuards(false, svg);
    expect(valuesOf('content-disposition', svg)).toEqual([allowed]);
  });

  it('are looked at one by one where a seller sends several', () => {
    const head = ['content-type', 'text/plain', 'content-disposition', 'attachment'];
    head.push('content-disposition', 'inline', 'content-type', 'text/html');
    appendBrowserGuards(false, head);
    expect(valuesOf('content-disposition', head)).toEqual(['attachment', 'attachment']);
  });

  it('may say that a picture or text is shown', () => {
    const picture = ['content-type', 'image/png', 'content-disposition', 'inline'];
    appendBrowserGuards(false, picture);
    expect(valuesOf('content-disposition', picture)).toEqual(['inline']);
  });
});

describe('what a seller says of caching', () => {
  it.each([
    ['public, max-age=60', 'private, max-age=60'],
    ['Public,S-MaxAge=600 , Max-Age=60', 'private, Max-Age=60'],
    ['s-maxage=600', 'private'],
    ['max-age=60, must-revalidate', 'private, max-age=60, must-revalidate'],
    ['private="set-cookie, x-a", max-age=60', 'private, max-age=60'],
    ['no-cache="set-cookie, public", public', 'private, no-cache="set-cookie, public"'],
    ['private', 'private'],
    ['no-store', 'private, no-store'],
    ['no-cache', 'private, no-cache'],
    ['proxy-revalidate, immutable', 'private, immutable'],
    ['s-maxage="600, public', 'private'],
    ['=,,= public', 'private'],
  ])('is for the caller alone: %s', (said, allowed) => {
    const caching = new CallerCaching();
    for (let again = 0; again < 2; again++) {
      const head = ['content-type', 'text/plain', 'cache-control', said, 'etag', '"1"'];
      caching.restrict(head);
      expect(head).toEqual(['content-type', 'text/plain', 'cache-control', allowed, 'etag', '"1"']);
    }
  });

  it('is read as one value where it is said in several', () => {
    const head = [
      'cache-control',
      'public',
      'a',
      '1',
      'cache-control',
      's-maxage=9',
      'cache-control',
      'max-age=3',
    ];
    new CallerCaching().restrict(head);
    expect(head).toEqual(['cache-control', 'private, max-age=3', 'a', '1']);
  });

  it('left unsaid means that nobody keeps the answer, and with a date that the caller may', () => {
    const caching = new CallerCaching();
    const unsaid = ['content-type', 'text/plain'];
    caching.restrict(unsaid);
    expect(valuesOf('cache-control', unsaid)).toEqual(['private, no-store']);
    const blank = ['cache-control', ''];
    caching.restrict(blank);
    expect(valuesOf('cache-control', blank)).toEqual(['private, no-store']);
    const dated = ['expires', 'Thu, 01 Dec 2050 16:00:00 GMT'];
    caching.restrict(dated);
    expect(valuesOf('cache-control', dated)).toEqual(['private']);
  });
});

function valuesOf(name: string, head: readonly string[]): string[] {
  return head.filter((_, i) => i % 2 === 1 && head[i - 1] === name);
}
