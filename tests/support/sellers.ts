/** Organizations and contexts without the way through registration, for tests of selling. */
import type { Context } from '../../app/domain/context.ts';
import { newId } from '../../app/lib/ids.ts';
import type { Platform } from '../../app/platform.ts';
import { memberships, organizations, users, type MemberRole } from '../../db/schema/index.ts';

export interface TestMember {
  organizationId: string;
  userId: string;
  ctx: Context;
  /** The same organization, through another role. */
  as(role: MemberRole): Context;
}

/** A new organization with one owner; it does not sell yet. */
export async function makeMember(
  platform: Platform,
  options: { name?: string; isPlatformAdmin?: boolean } = {},
): Promise<TestMember> {
  const organizationId = newId('organization');
  const userId = newId('user');
  const { name = `Organization ${organizationId.slice(-6)}`, isPlatformAdmin = false } = options;
  await platform.db.insert(users).values({
    id: userId,
    username: userId.slice(4),
    passwordHash: 'no-password',
    displayName: name,
    isPlatformAdmin,
  });
  await platform.db.insert(organizations).values({ id: organizationId, slug: organizationId.slice(4), name });
  await platform.db.insert(memberships).values({ organizationId, userId, role: 'owner' });
  const as = (role: MemberRole): Context =>
    platform.createContext(
      { type: 'user', userId, organizationId, role, isPlatformAdmin },
      { ipAddress: '203.0.113.7' },
    );
  return { organizationId, userId, ctx: as('owner'), as };
}

/** Someone who is not logged in. */
export function anonymous(platform: Platform): Context {
  return platform.createContext({ type: 'anonymous' });
}
