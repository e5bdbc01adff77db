import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { generateKeySecret } from '../lib/key-format.ts';
import type { Call } from './call.ts';
import { EnvironmentKeys } from './environment-keys.ts';
import { HeaderRules, isForwardable, readRequestHeaders, removeHeader } from './headers.ts';
import { appendBrowserGuards, copyReturnable, isReturnable } from './response-headers.ts';

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
    const html: string[] = [];
    appendBrowserGuards('text/html', false, false, html);
    expect(html).toContain('attachment');
    expect(html).toContain("sandbox; default-src 'none'");
    const svg: string[] = [];
    appendBrowserGuards('image/svg+xml', true, false, svg);
    expect(svg).not.toContain('content-disposition');
    const json: string[] = [];
    appendBrowserGuards('application/json', false, true, json);
    expect(json).not.toContain('attachment');
    expect(json).toContain('cross-origin');
  });
});
