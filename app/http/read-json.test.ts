import { describe, expect, it } from 'vitest';
import { isAppError } from '../lib/app-error.ts';
import { jsonDepth, readJsonBody } from './read-json.ts';

function post(body: BodyInit | null, contentType: string | null = 'application/json'): Request {
  const headers = new Headers(contentType ? { 'content-type': contentType } : {});
  return new Request('http://site.example/api', {
    method: 'POST',
    headers,
    body,
    duplex: 'half',
  } as RequestInit);
}

async function codeOf(request: Request): Promise<string> {
  try {
    await readJsonBody(request);
    return 'read';
  } catch (error) {
    return isAppError(error) ? error.code : 'other';
  }
}

describe('readJsonBody', () => {
  it('reads JSON and its relatives', async () => {
    expect(await readJsonBody(post('{"a":[1]}'))).toEqual({ a: [1] });
    expect(await readJsonBody(post('{"a":1}', 'application/merge-patch+json; charset=utf-8'))).toEqual({
      a: 1,
    });
  });

  it('takes no body for an empty object', async () => {
    expect(await readJsonBody(post(null, null))).toEqual({});
    expect(await readJsonBody(post('  \n'))).toEqual({});
  });

  it.each([
    ['text/plain', '{"a":1}', 'unsupported_media_type'],
    ['application/x-www-form-urlencoded', 'a=1', 'unsupported_media_type'],
    ['application/jsonp', '{}1', 'unsupported_media_type'],
    ['application/json', '{"a":', 'invalid_request'],
    ['application/json', '{"a":1} trailing', 'invalid_request'],
    ['application/json', '['.repeat(65) + ']'.repeat(65), 'invalid_request'],
    ['application/json', '['.repeat(100_000), 'invalid_request'],
    ['application/json', JSON.stringify({ a: 'x'.repeat(256 * 1024) }), 'payload_too_large'],
  ])('refuses %s %.40s', async (type, body, code) => {
    expect(await codeOf(post(body, type))).toBe(code);
  });

  it('stops reading a body that is longer than it may be', async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(16 * 1024).fill(32));
      },
    });
    expect(await codeOf(post(endless))).toBe('payload_too_large');
    expect(pulled).toBeLessThan(25);
  });

  it('refuses bytes that are no text', async () => {
    expect(await codeOf(post(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])))).toBe('invalid_request');
  });
});

describe('jsonDepth', () => {
  it('counts nesting outside of strings only', () => {
    expect(jsonDepth('{"a":{"b":[1,{"c":2}]}}')).toBe(4);
    expect(jsonDepth('{"a":"[[[[\\"[[[["}')).toBe(1);
    expect(jsonDepth('"\\\\"')).toBe(0);
  });
});
