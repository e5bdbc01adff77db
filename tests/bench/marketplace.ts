/** Rows of a small marketplace: a REST and two LLM services, plans with and without a price, a key for each plan. */
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
  type Meter,
  type PlanKind,
} from '../../db/schema/index.ts';

export const REST_SLUG = 'bench';
export const CHAT_SLUG = 'bench-chat';

export interface Marketplace {
  /** Key on a free plan, REST. */
  free: string;
  /** Key on a plan per call, REST. */
  paid: string;
  /** Key on a free plan, LLM. */
  chatFree: string;
  /** Key on a plan per token, LLM. */
  chatPaid: string;
}

/** @param suffix of the slugs, for a second one in the same database. Prices are tiny: the wallets last for all calls. */
export async function fillMarketplace(
  { db }: Database,
  keyring: Keyring,
  pepper: string,
  baseUrl: string,
  suffix: string,
): Promise<Marketplace> {
  async function addOrganization(): Promise<string> {
    const id = newId('organization');
    await db.insert(organizations).values({ id, slug: id.replace('_', '-'), name: id });
    return id;
  }
  const seller = await addOrganization();

  async function addService(slug: string, kind: 'http' | 'llm'): Promise<string> {
    const serviceId = newId('service');
    await db
      .insert(services)
      .values({ id: serviceId, organizationId: seller, slug, name: slug, kind, status: 'published' });
    const upstreamId = newId('upstream');
    await db.insert(upstreams).values({
      id: upstreamId,
      organizationId: seller,
      serviceId,
      baseUrl: kind === 'llm' ? `${baseUrl}/v1` : baseUrl,
      dialect: kind === 'llm' ? 'openai-chat' : 'raw',
      models: kind === 'llm' ? ['bench-model'] : [],
    });
    const credentialId = newId('credential');
    await db.insert(credentials).values({
      id: credentialId,
      organizationId: seller,
      upstreamId,
      placement: 'bearer',
      secretEnvelope: keyring.seal('sk-bench', `credential:${credentialId}`),
    });
    return serviceId;
  }

  async function addBuyer(serviceId: string, kind: PlanKind, meters: Meter[]): Promise<string> {
    const planId = newId('plan');
    const priceVersionId = newId('priceVersion');
    await db.insert(plans).values({ id: planId, organizationId: seller, serviceId, name: kind, kind });
    await db.insert(priceVersions).values({ id: priceVersionId, organizationId: seller, planId, version: 1 });
    for (const meter of meters)
      await db.insert(priceComponents).values({ priceVersionId, meter, nanosPerMillion: 1_000_000n });
    const organizationId = await addOrganization();
    await db.insert(wallets).values({ organizationId, availableNanos: 1_000_000_000_000n });
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

  const rest = await addService(REST_SLUG + suffix, 'http');
  const chat = await addService(CHAT_SLUG + suffix, 'llm');
  return {
    free: await addBuyer(rest, 'free', []),
    paid: await addBuyer(rest, 'per_call', ['call']),
    chatFree: await addBuyer(chat, 'free', []),
    chatPaid: await addBuyer(chat, 'per_token', ['input_token', 'output_token']),
  };
}
