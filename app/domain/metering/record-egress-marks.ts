import type { MeteringContext } from './metering-context.ts';

/** How one proxy node is, as the gateway has found it. */
export interface EgressMark {
  proxyId: string;
  failures: number;
  /** From now; null: in the rotation. */
  retryInMs: number | null;
  latencyMs: number | null;
}

/** Writes what the gateway has learnt of proxy nodes, for their owners and for other processes. */
export async function recordEgressMarks({ sql }: MeteringContext, marks: EgressMark[]): Promise<void> {
  await sql`
    update egress_proxies x
    set failures = m.failures, retry_at = now() + m."retryInMs" * interval '1 millisecond',
        latency_ms = coalesce(m."latencyMs", x.latency_ms), checked_at = now()
    from jsonb_to_recordset(${JSON.stringify(marks)}::text::jsonb) as m ("proxyId" text, failures integer,
      "retryInMs" float8, "latencyMs" integer)
    where x.id = m."proxyId"`;
}
