import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createTokens } from './tokens.ts';

const secret = 'a-test-secret-of-more-than-32-characters';
const NOW = Date.UTC(2026, 10, 21, 12);
const clockAt = (now: number) => ({ now: () => now, date: () => new Date(now) });
const tokens = createTokens({ secret, lifetimeHours: 72, clock: clockAt(NOW) });
const claims = { userId: 'usr_1', organizationId: 'org_1', passwordVersion: 'abc' };

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = NOW / 1000;
const goodPayload = {
  sub: 'usr_1',
  org: 'org_1',
  pwv: 'abc',
  typ: 'access',
  iss: 'tollgate',
  aud: 'tollgate-api',
  jti: 'x',
  iat: seconds,
  exp: seconds + 3600,
};
const goodHeader = { alg: 'HS256', typ: 'access' };

function forge(header: object, payload: object, key = secret, hash = 'sha256'): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac(hash, key).update(input).digest('base64url')}`;
}

function forgeRs256(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const input = `${encode({ alg: 'RS256', typ: 'access' })}.${encode(goodPayload)}`;
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
}

describe('tokens', () => {
  it('reads what it issued', async () => {
    const issued = await tokens.issue({ userId: 'usr_1', organizationId: 'org_1', passwordHash: 'hash' });
    expect(await tokens.verify(issued.token)).toMatchObject({ userId: 'usr_1', organizationId: 'org_1' });
    expect(issued.expiresInSeconds).toBe(72 * 3600);
    expect(issued.expiresAt.getTime()).toBe(NOW + 72 * 3600 * 1000);
  });

  it('accepts the forging helper when nothing is wrong, so the cases below fail for their own reason', async () => {
    expect(await tokens.verify(forge(goodHeader, goodPayload))).toEqual(claims);
  });

  const { exp: _exp, ...withoutExp } = goodPayload;
  const { sub: _sub, ...withoutSub } = goodPayload;
  const { jti: _jti, ...withoutJti } = goodPayload;
  it.each([
    ['no algorithm', `${encode({ alg: 'none', typ: 'access' })}.${encode(goodPayload)}.`],
    ['no algorithm, odd case', `${encode({ alg: 'nOnE', typ: 'access' })}.${encode(goodPayload)}.`],
    ['no signature', forge(goodHeader, goodPayload).replace(/\.[^.]*$/, '.')],
    ['another key', forge(goodHeader, goodPayload, 'another-secret-of-more-than-32-characters')],
    ['an empty key', forge(goodHeader, goodPayload, '')],
    ['HS512 with our key', forge({ ...goodHeader, alg: 'HS512' }, goodPayload, secret, 'sha512')],
    ['RS256', forgeRs256()],
    ['another audience', forge(goodHeader, { ...goodPayload, aud: 'other' })],
    ['our audience among others', forge(goodHeader, { ...goodPayload, aud: ['tollgate-api', 'other'] })],
    ['another issuer', forge(goodHeader, { ...goodPayload, iss: 'other' })],
    ['another type in the header', forge({ alg: 'HS256', typ: 'reset' }, goodPayload)],
    ['another type in the claims', forge(goodHeader, { ...goodPayload, typ: 'reset' })],
    ['expiry past the tolerance', forge(goodHeader, { ...goodPayload, exp: seconds - 61 })],
    ['issued in the future', forge(goodHeader, { ...goodPayload, iat: seconds + 61 })],
    ['not valid yet', forge(goodHeader, { ...goodPayload, nbf: seconds + 61 })],
    ['no expiry', forge(goodHeader, withoutExp)],
    ['no subject', forge(goodHeader, withoutSub)],
    ['no id', forge(goodHeader, withoutJti)],
    ['organization of another kind', forge(goodHeader, { ...goodPayload, org: { id: 'org_1' } })],
    ['unknown critical header', forge({ ...goodHeader, crit: ['x'], x: 1 }, goodPayload)],
    ['rubbish', 'a.b.c'],
    ['nothing', ''],
  ])('refuses a token with %s', async (_name, token) => {
    expect(await tokens.verify(token)).toBeNull();
  });

  it('tolerates a minute of clock difference', async () => {
    expect(await tokens.verify(forge(goodHeader, { ...goodPayload, exp: seconds - 59 }))).toEqual(claims);
    expect(await tokens.verify(forge(goodHeader, { ...goodPayload, iat: seconds + 59 }))).toEqual(claims);
  });

  it('ties a token to the password it was given for', async () => {
    const { token } = await tokens.issue({ userId: 'usr_1', organizationId: 'org_1', passwordHash: 'one' });
    const read = await tokens.verify(token);
    expect(tokens.belongsToPassword(read!, 'one')).toBe(true);
    expect(tokens.belongsToPassword(read!, 'two')).toBe(false);
    expect(token).not.toContain('one');
  });
});
