/**
 * Access tokens of the management API: JWT (RFC 7519), HS256, made and read by this program alone.
 * A token names a user, an organization and the version of the password it was given for, so that
 * it dies with that password.
 */
import { createHash, randomUUID } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { Clock } from './clock.ts';

const ALGORITHM = 'HS256';
const AUDIENCE = 'tollgate-api';
const ISSUER = 'tollgate';
const TYPE = 'access';
const CLOCK_TOLERANCE_SECONDS = 60;

export interface TokenClaims {
  userId: string;
  organizationId: string;
  passwordVersion: string;
}

export interface IssuedToken {
  token: string;
  expiresAt: Date;
  expiresInSeconds: number;
}

export interface Tokens {
  issue(subject: { userId: string; organizationId: string; passwordHash: string }): Promise<IssuedToken>;
  /** The claims of a token we made that is still valid, else null. */
  verify(token: string): Promise<TokenClaims | null>;
  /** True while the password is the one the token was given for. */
  belongsToPassword(claims: TokenClaims, passwordHash: string): boolean;
}

/** Changes whenever the password does; says nothing about it. */
function passwordVersion(passwordHash: string): string {
  return createHash('sha256').update(passwordHash).digest('base64url').slice(0, 16);
}

export function createTokens(options: { secret: string; lifetimeHours: number; clock: Clock }): Tokens {
  const key = new TextEncoder().encode(options.secret);
  return {
    async issue(subject) {
      const issuedAt = Math.floor(options.clock.now() / 1000);
      const expiresInSeconds = Math.round(options.lifetimeHours * 3600);
      const token = await new SignJWT({
        org: subject.organizationId,
        pwv: passwordVersion(subject.passwordHash),
        typ: TYPE,
      })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(subject.userId)
        .setJti(randomUUID())
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + expiresInSeconds)
        .sign(key);
      return { token, expiresAt: new Date((issuedAt + expiresInSeconds) * 1000), expiresInSeconds };
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: [ALGORITHM],
          audience: AUDIENCE,
          issuer: ISSUER,
          typ: TYPE,
          clockTolerance: CLOCK_TOLERANCE_SECONDS,
          currentDate: options.clock.date(),
          requiredClaims: ['sub', 'org', 'pwv', 'jti', 'iat', 'exp'],
        });
        const { sub, org, pwv, typ, aud, iat } = payload;
        if (typ !== TYPE || aud !== AUDIENCE || !sub) return null;
        if (typeof org !== 'string' || typeof pwv !== 'string') return null;
        // jose compares `iat` with the clock only when a maximum age is asked for.
        if (typeof iat !== 'number' || iat > options.clock.now() / 1000 + CLOCK_TOLERANCE_SECONDS)
          return null;
        return { userId: sub, organizationId: org, passwordVersion: pwv };
      } catch {
        return null;
      }
    },
    belongsToPassword: (claims, passwordHash) => claims.passwordVersion === passwordVersion(passwordHash),
  };
}
