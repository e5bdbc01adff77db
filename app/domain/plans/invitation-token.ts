import { createHash, randomBytes } from 'node:crypto';

export const INVITATION_DAYS = 14;

/** The secret of a link that invites to a plan; only its hash is stored. */
export function newInvitationToken(): { token: string; tokenHash: Buffer } {
  const token = randomBytes(32).toString('base64url');
  return { token, tokenHash: hashInvitationToken(token) };
}

export function hashInvitationToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
