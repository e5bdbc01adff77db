import { randomInt } from 'node:crypto';
import { memberships, organizations, wallets, type Organization } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireActor, withTransaction, type Context } from '../context.ts';
import { createOrganizationSchema, type CreateOrganizationInput } from './schemas.ts';

const MAX_SLUG_CHARS = 48;
const SLUG_ATTEMPTS = 8;

function slugOf(text: string): string {
  const slug = text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG_CHARS)
    .replace(/^-+|-+$/g, '');
  return slug || 'org';
}

const suffix = () =>
  randomInt(36 ** 4)
    .toString(36)
    .padStart(4, '0');

/**
 * Creates a tenant with its owner and its wallet. A user may create organizations for themselves;
 * registration does so as `system`.
 */
export async function createOrganization(
  ctx: Context,
  input: CreateOrganizationInput,
): Promise<Organization> {
  const { name, ownerId, slugFrom, isSeller, timeZone } = parseInput(createOrganizationSchema, input);
  if (ctx.actor.type !== 'system' && requireActor(ctx).userId !== ownerId) {
    throw new AppError('forbidden', 'You can create organizations only for yourself.');
  }
  return withTransaction(ctx, async (tx) => {
    const base = slugOf(slugFrom);
    for (let attempt = 0; attempt < SLUG_ATTEMPTS; attempt++) {
      const [organization] = await tx.db
        .insert(organizations)
        .values({
          id: newId('organization'),
          slug: attempt === 0 ? base : `${base}-${suffix()}`,
          name,
          timeZone,
          sellingEnabledAt: isSeller ? ctx.clock.date() : null,
        })
        .onConflictDoNothing()
        .returning();
      if (!organization) continue;
      await tx.db
        .insert(memberships)
        .values({ organizationId: organization.id, userId: ownerId, role: 'owner' });
      await tx.db.insert(wallets).values({ organizationId: organization.id });
      return organization;
    }
    throw new AppError('conflict', 'No free address could be found for this organization. Try another name.');
  });
}
