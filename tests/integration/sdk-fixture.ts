/** A marketplace with one service per upstream dialect, for official SDKs to be pointed at. */
import type { GatewayLimits } from '../../app/gateway/limits.ts';
import type { DialectName } from '../../app/lib/service-options.ts';
import { startLlmUpstreams, type LlmUpstreams } from '../support/llm-upstreams.ts';
import { createGatewayFixture, type AddedBuyer, type GatewayFixture } from './gateway-fixture.ts';

export const UPSTREAM_DIALECTS = [
  'openai-chat',
  'openai-responses',
  'anthropic',
  'gemini',
  'azure',
] as const satisfies readonly DialectName[];
export type UpstreamDialect = (typeof UPSTREAM_DIALECTS)[number];

/** The model of the service of this dialect. */
export const modelOf = (dialect: UpstreamDialect): string => `model-of-${dialect}`;
/** How it is named behind `/v1`. */
export const nameOf = (dialect: UpstreamDialect): string => `${dialect}/${modelOf(dialect)}`;

/** Nanos per million: one nano an input token, two an output token. */
const PRICES = { input_token: 1_000_000n, output_token: 2_000_000n };
/** Of every answer: nine input tokens, five output tokens. */
export const COST = '0.000000019';
const WALLET = 10_000_000n;

export interface SdkFixture extends GatewayFixture {
  upstreams: LlmUpstreams;
  /** A buyer who is subscribed to every service. */
  newBuyer(walletNanos?: bigint): Promise<AddedBuyer>;
}

/** @param environment further variables of the process. */
export async function createSdkFixture(
  environment: Record<string, string> = {},
  limits: Partial<GatewayLimits> = {},
): Promise<SdkFixture> {
  const fixture = await createGatewayFixture({ environment, limits });
  const upstreams = await startLlmUpstreams();
  const plans = await Promise.all(
    UPSTREAM_DIALECTS.map(async (dialect) => {
      const service = await fixture.addService({
        // Google's SDK may ask for another version than the one that the upstream has.
        baseUrl: dialect === 'gemini' ? `${upstreams.url}/v1beta` : upstreams.url,
        slug: dialect,
        kind: 'llm',
        upstream: { dialect, models: [modelOf(dialect)] },
        credential: { placement: 'bearer', secret: `sk-seller-${dialect}` },
      });
      return fixture.addPlan(service, { kind: 'per_token', prices: PRICES });
    }),
  );
  return {
    ...fixture,
    upstreams,
    async newBuyer(walletNanos = WALLET) {
      const [first, ...others] = plans;
      const buyer = await fixture.addBuyer(first!, { walletNanos });
      for (const plan of others) await fixture.subscribe(buyer.organizationId, plan);
      return buyer;
    },
    async close() {
      await fixture.close();
      await upstreams.close();
    },
  };
}
