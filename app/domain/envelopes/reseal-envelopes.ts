import { sql, type SQL } from 'drizzle-orm';
import { requireSystem, type Context } from '../context.ts';
import { ENVELOPE_PLACES, type EnvelopePlace } from './places.ts';

/** Rows looked at in one question; of each only the beginning of its envelope. */
const BATCH = 500;
/** `v1.<key id>.` and a little more. */
const HEAD_CHARS = 32;

export interface ResealedEnvelopes {
  /** How many were sealed anew. */
  resealed: number;
  /** Those that do not open: changed, copied from elsewhere, or their key is gone. */
  unreadable: { table: string; column: string; owner: string }[];
}

type Row = Record<string, unknown>;

/**
 * Seals with the first key of the keyring whatever is sealed with another one, so that the others can be
 * taken away. Safe to run beside the program and to run again: a row that changes meanwhile is left to
 * who changes it.
 */
export async function resealEnvelopes(ctx: Context): Promise<ResealedEnvelopes> {
  requireSystem(ctx);
  const result: ResealedEnvelopes = { resealed: 0, unreadable: [] };
  for (const place of ENVELOPE_PLACES) await resealPlace(ctx, place, result);
  return result;
}

async function resealPlace(ctx: Context, place: EnvelopePlace, result: ResealedEnvelopes): Promise<void> {
  for (let last: Row | null = null; ;) {
    const rows: Row[] = await listHeads(ctx, place, last);
    for (const row of rows) {
      if (!ctx.keyring.isOutdated(String(row['head']))) continue;
      const outcome = await resealRow(ctx, place, row);
      if (outcome === 'resealed') result.resealed++;
      if (outcome === 'unreadable') {
        const { table, column, owner } = place;
        result.unreadable.push({ table, column, owner: String(row[owner]) });
      }
    }
    last = rows.at(-1) ?? null;
    if (rows.length < BATCH) return;
  }
}

/** In the order of the primary key, behind the last row seen. */
async function listHeads({ db }: Context, place: EnvelopePlace, last: Row | null): Promise<Row[]> {
  const { table, column, key, owner } = place;
  const columns = names([...new Set([...Object.keys(key), owner])]);
  const behind = last === null ? sql`` : sql`and (${names(Object.keys(key))}) > (${valuesOf(key, last)})`;
  return db.execute(sql`
    select ${columns}, left(${sql.identifier(column)}, ${HEAD_CHARS}) as head from ${sql.identifier(table)}
    where ${sql.identifier(column)} is not null ${behind}
    order by ${names(Object.keys(key))} limit ${BATCH}`);
}

async function resealRow(
  { db, keyring }: Context,
  { table, column, key, prefix, owner }: EnvelopePlace,
  row: Row,
): Promise<'resealed' | 'unreadable' | 'changed'> {
  const [name, place] = [sql.identifier(column), sql.identifier(table)];
  const isRow = sql`(${names(Object.keys(key))}) = (${valuesOf(key, row)})`;
  const [found] = await db.execute<{ envelope: string | null }>(
    sql`select ${name} as envelope from ${place} where ${isRow}`,
  );
  const envelope = found?.envelope;
  if (!envelope || !keyring.isOutdated(envelope)) return 'changed';
  const context = `${prefix}:${String(row[owner])}`;
  let sealed: string;
  try {
    sealed = keyring.seal(keyring.open(envelope, context), context);
  } catch {
    return 'unreadable';
  }
  const written = await db.execute(
    sql`update ${place} set ${name} = ${sealed} where ${isRow} and ${name} = ${envelope} returning 1`,
  );
  return written.length === 0 ? 'changed' : 'resealed';
}

function names(columns: readonly string[]): SQL {
  return sql.join(
    columns.map((column) => sql.identifier(column)),
    sql`, `,
  );
}

function valuesOf(key: EnvelopePlace['key'], row: Row): SQL {
  return sql.join(
    Object.entries(key).map(([column, type]) => sql`${row[column]}::${sql.raw(type)}`),
    sql`, `,
  );
}
