/** Rows of a small marketplace: one service, a free and a paid plan, a buyer with a key for each. */
import type { Keyring } from '../../app/infra/keyring.ts';
import { newId } from '../../app/lib/ids.ts';
import { generateKeySecret, hashKey, keyPrefix, lastFour } from '../../app/lib/key-format.ts';
import type { Database } from '../../db/client.ts';
import {
  credentials,
  keys,
  organizations,
  plans,
  priceComponents,
  priceVersions,
  services,
  subscriptions,
  upstreams,
  wallets,
} from '../../db/schema/index.ts';

export const SLUG = 'bench';

export interface Marketplace {
  freeKey: string;
  paidKey: string;
}

/** @param baseUrl of the upstream. Calls on the paid plan cost one nano; its wallet lasts for all of them. */
export async function fillMarketplace(
  { db }: Database,
  keyring: Keyring,
  pepper: string,
  baseUrl: string,
): Promise<Marketplace> {
  const addOrganization = async (): Promise<string> => {
    const id = newId('organization');
    await db.insert(organizations).values({ id, slug: id.replace('_', '-'), name: id });
    return id;
  };
  const seller = await addOrganization();
  const serviceId = newId('service');
  await db.insert(services).values({
    id: serviceId,
    organizationId: seller,
    slug: SLUG,
    name: SLUG,
    kind: 'http',
    status: 'published',
  });
  const upstreamId = newId('upstream');
  await db.insert(upstreams).values({ id: upstreamId, organizationId: seller, serviceId, baseUrl });
  const credentialId = newId('credential');
  await db.insert(credentials).values({
    id: credentialId,
    organizationId: seller,
    upstreamId,
    placement: 'bearer',
    secretEnvelope: keyring.seal('sk-bench', `credential:${credentialId}`),
  });

  async function addBuyer(kind: 'free' | 'per_call'): Promise<string> {
    const planId = newId('plan');
    const priceVersionId = newId('priceVersion');
    await db.insert(plans).values({ id: planId, organizationId: seller, serviceId, name: kind, kind });
    await db.insert(priceVersions).values({ id: priceVersionId, organizationId: seller, planId, version: 1 });
    if (kind === 'per_call')
      await db.insert(priceComponents).values({ priceVersionId, meter: 'call', nanosPerMillion: 1_000_000n });
    const organizationId = await addOrganization();
    await db.insert(wallets).values({ organizationId, availableNanos: 1_000_000_000n });
    await db.insert(subscriptions).values({
      id: newId('subscription'),
      organizationId,
      sellerOrganizationId: seller,
      serviceId,
      planId,
      status: 'active',
    });
    const secret = generateKeySecret();
    await db.insert(keys).values({
      id: newId('key'),
      organizationId,
      name: kind,
      hash: hashKey(secret, pepper),
      prefix: keyPrefix(secret),
      lastFour: lastFour(secret),
    });
    return secret;
  }
  return { freeKey: await addBuyer('free'), paidKey: await addBuyer('per_call') };
}
