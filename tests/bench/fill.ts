/** Fills the benchmark's database with what a large marketplace has in it. */
import postgres from 'postgres';

const ROWS_PER_STATEMENT = 250_000;

/** Adds `keys` keys of nobody's concern and `events` usage events like those that are there. */
export async function fillDatabase(
  url: string,
  { keys, events }: { keys: number; events: number },
): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    // A million notifications of keys that nobody uses are not what is to be measured.
    await sql`alter table keys disable trigger keys_notify`;
    await sql`
      insert into keys (id, organization_id, name, hash, prefix, last_four)
      select 'key_' || lpad(n::text, 26, '0'), organization_id, 'many', sha256(n::text::bytea), 'tg_live_0000', '0000'
      from generate_series(1, ${keys}::integer) as n, (select organization_id from keys limit 1) as buyer`;
    await sql`alter table keys enable trigger keys_notify`;
    for (let done = 0; done < events; done += ROWS_PER_STATEMENT)
      await sql`
        insert into usage_events
        select r.* from (select event from usage_events as event limit 1) as model
        cross join generate_series(${done + 1}::integer, ${Math.min(events, done + ROWS_PER_STATEMENT)}::integer) as n
        cross join lateral jsonb_populate_record(model.event,
          jsonb_build_object('request_id', 'req_' || ulid_time(now()) || lpad(n::text, 16, '0'))) as r`;
    await sql`vacuum analyze keys, usage_events`;
    await sql`checkpoint`;
  } finally {
    await sql.end();
  }
}
