import { describe, expect, it } from 'vitest';
import { applyCredential, maskSecret } from './credential.ts';

const request = { url: 'https://api.example.com/v1/things?a=1', headers: { accept: '*/*' } };

describe('applyCredential', () => {
  it('puts the secret where the seller said', () => {
    const use = (
      placement: 'none' | 'bearer' | 'header' | 'query' | 'basic',
      parameterName: string | null = null,
    ) =>
      applyCredential(request, { placement, parameterName, secret: placement === 'none' ? null : 'u:p&q' });
    expect(use('none')).toEqual(request);
    expect(use('bearer').headers['authorization']).toBe('Bearer u:p&q');
    expect(use('basic').headers['authorization']).toBe(`Basic ${btoa('u:p&q')}`);
    expect(use('header', 'X-Api-Key').headers).toEqual({ accept: '*/*', 'x-api-key': 'u:p&q' });
    expect(use('query', 'key').url).toBe('https://api.example.com/v1/things?a=1&key=u%3Ap%26q');
  });

  it('replaces a query parameter of the same name', () => {
    const used = applyCredential(
      { url: 'https://api.example.com/?key=guess', headers: {} },
      { placement: 'query', parameterName: 'key', secret: 'real' },
    );
    expect(used.url).toBe('https://api.example.com/?key=real');
  });
});

describe('maskSecret', () => {
  const secret = 'sk/canary+1234==';
  it.each([
    ['as it is', secret],
    ['in base64', btoa(secret)],
    ['in base64url', Buffer.from(secret).toString('base64url')],
    ['URL-encoded', encodeURIComponent(secret)],
  ])('hides a secret %s', (_form, text) => {
    expect(maskSecret(`before ${text} after`, secret)).toBe('before •••••• after');
  });

  it('hides the password of basic authentication alone', () => {
    expect(maskSecret('{"password":"hunter22"}', 'admin:hunter22')).toBe('{"password":"••••••"}');
  });

  it('changes nothing without a secret', () => {
    expect(maskSecret('abc', null)).toBe('abc');
  });
});
