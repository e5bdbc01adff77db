import {
  readReceiptKeys,
  readReceipts,
  verifyReceipts,
  type ReceiptsVerdict,
} from '../../lib/verify-receipts.ts';
import type { Context } from '../context.ts';
import { listReceiptKeys } from './signing-key.ts';

/** Whether receipts are genuine, by the keys that are published; anybody may ask. */
export async function checkReceipts(
  ctx: Pick<Context, 'db'>,
  { text, partial }: { text: string; partial: boolean },
): Promise<ReceiptsVerdict> {
  const keys = readReceiptKeys(JSON.stringify(await listReceiptKeys(ctx)));
  return verifyReceipts(readReceipts(text), keys ?? new Map(), { partial });
}
