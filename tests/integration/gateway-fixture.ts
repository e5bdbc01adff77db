/** A marketplace of one seller and buyers, in rows, behind a real HTTP server with the gateway on Express. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createGateway, type Gateway } from '../../app/gateway/router.ts';
import type { GatewayLimits } from '../../app/gateway/limits.ts';
import { generateKeySecret, hashKey, keyPrefix, lastFour } from '../../app/lib/key-format.ts';
import { newId } from '../../app/lib/ids.ts';
import {
  credentials,
  keys,
  organizations,
  plans,
  priceComponents,
  priceQuotas,
  priceVersions,
  services,
  subscriptions,
  upstreams,
  type CallTrace,
  type ChargeLine,
  type Credential as CredentialRow,
  type CredentialPlacement,
  type Meter,
  type PlanKind,
  type Service,
  type Upstream as UpstreamRow,
} from '../../db/schema/index.ts';
import { createTestPlatform, type TestPlatform, type TestPlatformOptions } from '../support/platform.ts';

export interface GatewayFixture {
  platform: TestPlatform;
  gateway: Gateway;
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** A service with one upstream; published unless told otherwise. */
  addService(options: ServiceOptions): Promise<AddedService>;
  /** One more upstream; its id. */
  addUpstream(service: AddedService, upstream: Partial<UpstreamRow> & { baseUrl: string }): Promise<string>;
  /** One more bearer credential of an upstream; its id. */
  addCredential(
    service: AddedService,
    upstreamId: string,
    secret: string,
    values?: Partial<CredentialRow>,
  ): Promise<string>;
  /** A plan with a price in effect. */
  addPlan(service: AddedService, options: PlanOptions): Promise<AddedPlan>;
  /** An organization with a wallet (nanos), a live subscription to the plan, and a key. */
  addBuyer(plan: AddedPlan | null, options?: BuyerOptions): Promise<AddedBuyer>;
  subscribe(organizationId: string, plan: AddedPlan): Promise<string>;
  addKey(organizationId: string, options?: { subscriptionId?: string; expiresAt?: Date }): Promise<AddedKey>;
  wallet(organizationId: string): Promise<{ available: bigint; held: bigint }>;
  events(organizationId: string): Promise<EventRow[]>;
  /** Waits until that many events are written. */
  waitForEvents(organizationId: string, count: number): Promise<EventRow[]>;
  /** Sum of all ledger entries, which must be zero. */
  ledgerSum(): Promise<bigint>;
  call(path: string, key: string | null, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

export interface ServiceOptions {
  baseUrl: string;
  slug?: string;
  kind?: Service['kind'];
  status?: Service['status'];
  options?: Partial<Service>;
  organizationId?: string;
  upstream?: Partial<UpstreamRow>;
  credential?: { placement: CredentialPlacement; parameterName?: string; secret: string };
}
export interface AddedService {
  id: string;
  slug: string;
  organizationId: string;
  upstreamId: string;
  credentialId: string | null;
}
export interface PlanOptions {
  kind: PlanKind;
  /** meter → nanos per million; `meter model` for one model. */
  prices?: Record<string, bigint>;
  /** Further components: tiers and context steps. */
  components?: { meter: Meter; nanosPerMillion: bigint; fromUnits?: number; fromContextTokens?: number }[];
  quotas?: { meter: Meter; includedUnits: number; overage: 'hard_stop' | 'priced' }[];
  tierMode?: 'graduated' | 'volume';
  requestsPerMinute?: number;
}
export interface AddedPlan {
  id: string;
  service: AddedService;
}
export interface BuyerOptions {
  walletNanos?: bigint;
}
export interface AddedKey {
  id: string;
  secret: string;
}
export interface AddedBuyer {
  organizationId: string;
  subscriptionId: string | null;
  key: AddedKey;
}
export interface EventRow {
  request_id: string;
  status_code: number;
  terminal_state: string;
  fault: string;
  error_code: string | null;
  charge_nanos: string;
  fee_nanos: string;
  request_bytes: string;
  response_bytes: string;
  model: string | null;
  input_tokens: string | null;
  output_tokens: string | null;
  usage_source: string | null;
  streamed: boolean;
  promo_nanos: string;
  credit_nanos: string;
  lines: ChargeLine[] | null;
  trace: CallTrace | null;
}

export interface FixtureOptions {
  environment?: Record<string, string>;
  platform?: TestPlatformOptions;
  /** Failing upstreams stay in use unless `breakerFailures` says otherwise. */
  limits?: Partial<GatewayLimits>;
}

export async function createGatewayFixture(options: FixtureOptions = {}): Promise<GatewayFixture> {
  const platform = await createTestPlatform(options.environment ?? {}, options.platform);
  const { sql, db } = platform.database;
  const gateway = createGateway({
    ...platform,
    limits: { breakerFailures: Infinity, ...options.limits },
  });
  await gateway.start();
  const app = express();
  app.disable('x-powered-by');
  app.use((request, response, next) => {
    if (!gateway.handle(request, response)) next();
  });
  app.use((_request, response) => void response.status(404).send('not the gateway'));
  const server = createServer({ requestTimeout: 0, shouldUpgradeCallback: gateway.takesUpgrade }, app);
  server.on('upgrade', gateway.handleUpgrade);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function addOrganization(): Promise<string> {
    const id = newId('organization');
    await db.insert(organizations).values({ id, slug: id.replace('_', '-'), name: id });
    return id;
  }

  const fixture: GatewayFixture = {
    platform,
    gateway,
    url,
    async addService(service) {
      const base = new URL(service.baseUrl);
      platform.egress.allow(`${base.hostname}:${base.port}`);
      const organizationId = service.organizationId ?? (await addOrganization());
      const id = newId('service');
      const slug = service.slug ?? `s-${id.slice(-8)}`;
      await db.insert(services).values({
        id,
        slug,
        organizationId,
        name: slug,
        kind: service.kind ?? 'http',
        status: service.status ?? 'published',
        ...service.options,
      });
      const upstreamId = newId('upstream');
      await db.insert(upstreams).values({
        id: upstreamId,
        organizationId,
        serviceId: id,
        baseUrl: service.baseUrl,
        ...service.upstream,
      });
      let credentialId: string | null = null;
      if (service.credential) {
        credentialId = newId('credential');
        await db.insert(credentials).values({
          id: credentialId,
          organizationId,
          upstreamId,
          placement: service.credential.placement,
          parameterName: service.credential.parameterName ?? null,
          secretEnvelope: platform.keyring.seal(service.credential.secret, `credential:${credentialId}`),
        });
      }
      return { id, slug, organizationId, upstreamId, credentialId };
    },
    async addUpstream(service, upstream) {
      const base = new URL(upstream.baseUrl);
      platform.egress.allow(`${base.hostname}:${base.port}`);
      const id = newId('upstream');
      const { organizationId } = service;
      await db.insert(upstreams).values({ id, organizationId, serviceId: service.id, ...upstream });
      return id;
    },
    async addCredential(service, upstreamId, secret, values = {}) {
      const id = newId('credential');
      const { organizationId } = service;
      const secretEnvelope = platform.keyring.seal(secret, `credential:${id}`);
      await db
        .insert(credentials)
        .values({ id, organizationId, upstreamId, placement: 'bearer', secretEnvelope, ...values });
      return id;
    },
    async addPlan(service, plan) {
      const id = newId('plan');
      const versionId = newId('priceVersion');
      await db.insert(plans).values({
        id,
        organizationId: service.organizationId,
        serviceId: service.id,
        name: plan.kind,
        kind: plan.kind,
        requestsPerMinute: plan.requestsPerMinute ?? null,
      });
      await db.transaction(async (tx) => {
        await tx.insert(priceVersions).values({
          id: versionId,
          organizationId: service.organizationId,
          planId: id,
          version: 1,
          tierMode: plan.tierMode ?? 'graduated',
        });
        for (const component of plan.components ?? [])
          await tx.insert(priceComponents).values({ priceVersionId: versionId, ...component });
        for (const quota of plan.quotas ?? [])
          await tx.insert(priceQuotas).values({ priceVersionId: versionId, ...quota });
        for (const [name, nanosPerMillion] of Object.entries(plan.prices ?? {})) {
          const [meter, model = '*'] = name.split(' ') as [Meter, string?];
          await tx
            .insert(priceComponents)
            .values({ priceVersionId: versionId, meter, model, nanosPerMillion });
        }
      });
      return { id, service };
    },
    async subscribe(organizationId, plan) {
      const id = newId('subscription');
      await db.insert(subscriptions).values({
        id,
        organizationId,
        sellerOrganizationId: plan.service.organizationId,
        serviceId: plan.service.id,
        planId: plan.id,
        status: 'active',
      });
      return id;
    },
    async addKey(organizationId, { subscriptionId, expiresAt } = {}) {
      const id = newId('key');
      const secret = generateKeySecret();
      await db.insert(keys).values({
        id,
        organizationId,
        subscriptionId: subscriptionId ?? null,
        expiresAt: expiresAt ?? null,
        name: 'test',
        hash: hashKey(secret, platform.config.secrets.keyPepper),
        prefix: keyPrefix(secret),
        lastFour: lastFour(secret),
      });
      return { id, secret };
    },
    async addBuyer(plan, { walletNanos = 0n } = {}) {
      const organizationId = await addOrganization();
      if (walletNanos > 0n) {
        const id = newId('ledgerTransaction');
        const amount = walletNanos.toString();
        await sql`insert into wallets (organization_id, available_nanos) values (${organizationId}, ${amount}::bigint)`;
        await sql`insert into ledger_transactions (id, kind, reference) values (${id}, 'adjustment', ${id})`;
        await sql`insert into ledger_entries (transaction_id, account_id, amount_nanos) values
          (${id}, ledger_account(${organizationId}, 'buyer_wallet', 'USD'), ${amount}::bigint),
          (${id}, ledger_account(null, 'processor_clearing', 'USD'), -(${amount}::bigint))`;
      }
      const subscriptionId = plan ? await fixture.subscribe(organizationId, plan) : null;
      return { organizationId, subscriptionId, key: await fixture.addKey(organizationId) };
    },
    async wallet(organizationId) {
      await gateway.settled();
      const [row] =
        await sql`select available_nanos, held_nanos from wallets where organization_id = ${organizationId}`;
      return { available: BigInt(row!['available_nanos']), held: BigInt(row!['held_nanos']) };
    },
    async events(organizationId) {
      await gateway.settled();
      return sql<
        EventRow[]
      >`select * from usage_events where organization_id = ${organizationId} order by request_id`;
    },
    async waitForEvents(organizationId, count) {
      const deadline = performance.now() + 5_000;
      for (;;) {
        const rows = await fixture.events(organizationId);
        if (rows.length >= count || performance.now() > deadline) return rows;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async ledgerSum() {
      await gateway.settled();
      const [row] = await sql`select coalesce(sum(amount_nanos), 0)::text as total from ledger_entries`;
      return BigInt(row!['total']);
    },
    call: (path, key, init = {}) =>
      fetch(`${url}${path}`, {
        redirect: 'manual',
        ...init,
        headers: {
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          ...(init.headers as Record<string, string>),
        },
      }),
    async close() {
      await gateway.drain();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await gateway.close();
      await platform.close();
    },
  };
  return fixture;
}
