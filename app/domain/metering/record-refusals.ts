import type { MeteringContext } from './metering-context.ts';

/** Calls of a key that were refused for one reason. */
export interface RefusalCount {
  organizationId: string;
  keyId: string;
  /** '' when the refusal came before a service was known. */
  serviceId: string;
  code: string;
  refusals: number;
}

/** Adds to the counts of the current 15 minutes, by the database clock. */
export async function recordRefusals(
  { sql }: MeteringContext,
  counts: readonly RefusalCount[],
): Promise<void> {
  await sql`
    insert into refusal_counts (bucket_start, organization_id, key_id, service_id, code, refusals)
    select date_bin('15 minutes', now(), 'epoch'), t."organizationId", t."keyId", t."serviceId", t.code, sum(t.refusals)::bigint
    from jsonb_to_recordset(${JSON.stringify(counts)}::text::jsonb)
      as t ("organizationId" text, "keyId" text, "serviceId" text, code text, refusals bigint)
    group by 2, 3, 4, 5 order by 2, 3, 4, 5
    on conflict (organization_id, bucket_start, key_id, service_id, code)
    do update set refusals = refusal_counts.refusals + excluded.refusals`;
}
