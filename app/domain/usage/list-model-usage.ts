import { sql } from 'drizzle-orm';
import type { Nanos } from '../../lib/money.ts';
import { requireOrganization, type OrganizationContext } from '../context.ts';
import { usageFacts, type Instants } from './usage-facts.ts';

export interface ModelUsage {
  serviceSlug: string;
  model: string;
  calls: number;
  inputTokens: number;
  outputTokens: number;
  chargeNanos: Nanos;
}

interface Row {
  [name: string]: unknown;
  slug: string;
  model: string;
  calls: string;
  input_tokens: string;
  output_tokens: string;
  charge_nanos: string;
}

const MAX_MODELS = 200;

/** What the acting organization's calls of each model used, the dearest first. */
export async function listModelUsage(
  ctx: Pick<OrganizationContext, 'actor' | 'db'>,
  range: Instants,
): Promise<ModelUsage[]> {
  const organizationId = requireOrganization(ctx);
  const rows = await ctx.db.execute<Row>(sql`
    select s.slug, f.model, sum(f.calls)::text as calls, sum(f.input_tokens)::text as input_tokens,
      sum(f.output_tokens)::text as output_tokens, sum(f.charge_nanos)::text as charge_nanos
    from ${usageFacts(range, sql`organization_id = ${organizationId} and model <> ''`)} f
    join services s on s.id = f.service_id
    group by s.slug, f.model
    order by sum(f.charge_nanos) desc, sum(f.calls) desc
    limit ${MAX_MODELS}`);
  return rows.map((row) => ({
    serviceSlug: row.slug,
    model: row.model,
    calls: Number(row.calls),
    inputTokens: Number(row.input_tokens),
    outputTokens: Number(row.output_tokens),
    chargeNanos: BigInt(row.charge_nanos),
  }));
}
