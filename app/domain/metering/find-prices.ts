import type { Sql } from '../../../db/client.ts';
import { compilePrice, type CompiledPrice, type PriceInput } from './price-call.ts';

/** Price versions by id, ready to price calls. */
export async function findPrices(sql: Sql, ids: readonly string[]): Promise<Map<string, CompiledPrice>> {
  const rows = await sql<({ id: string } & Required<PriceInput>)[]>`
    select v.id, v.tier_mode as "tierMode",
      coalesce((
        select json_agg(json_build_object('meter', c.meter, 'model', c.model, 'fromUnits', c.from_units,
          'fromContextTokens', c.from_context_tokens, 'nanosPerMillion', c.nanos_per_million::text))
        from price_components c where c.price_version_id = v.id), '[]') as components,
      coalesce((
        select json_agg(json_build_object('meter', q.meter, 'includedUnits', q.included_units, 'overage', q.overage))
        from price_quotas q where q.price_version_id = v.id), '[]') as quotas
    from price_versions v where v.id = any(${[...new Set(ids)]}::text[])`;
  return new Map(rows.map(({ id, ...price }) => [id, compilePrice(price)]));
}
