import { bareArray, textArray } from '../../../db/array-literal.ts';
import { isLockTimeout } from '../../../db/errors.ts';
import type { Nanos } from '../../lib/money.ts';
import { clampHold } from './hold-calls.ts';
import type { MeteringContext } from './metering-context.ts';

/** A process that has not asked for so long is taken for dead. */
const TTL_SECONDS = 60;

/**
 * Brings what a process has set aside for buyers to what it wants by now: less goes back to the wallet, nothing is
 * left where the wallet has no room for it.
 * @param allowanceId of the process.
 * @param wanted by buyer.
 * @returns what is set aside; buyers for whom nothing is are not in it. Null when one of their wallets was busy: nothing
 *   has changed then.
 */
export async function renewAllowances(
  { sql }: MeteringContext,
  allowanceId: string,
  wanted: ReadonlyMap<string, Nanos>,
): Promise<Map<string, Nanos> | null> {
  const all = [...wanted];
  const query = sql<{ organizationId: string; nanos: string }[]>`
    select renewed_organization_id as "organizationId", renewed_nanos::text as nanos
    from renew_allowances(${allowanceId}, ${textArray(all, ([organizationId]) => organizationId)}::text[],
      ${bareArray(all, ([, nanos]) => clampHold(nanos).toString())}::bigint[], ${TTL_SECONDS})`;
  const rows = await query.catch((error: unknown) => {
    if (isLockTimeout(error)) return null;
    throw error;
  });
  return rows && new Map(rows.map(({ organizationId, nanos }) => [organizationId, BigInt(nanos)]));
}
