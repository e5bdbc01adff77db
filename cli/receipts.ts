/**
 * `npm run receipts -- verify <file|-> --keys <file|url>`: checks receipts, without a database and, with
 * a file of keys, without a network. Exit code 0: they are genuine; 1: they are not; 2: could not be read.
 * `npm run receipts -- rotate-key`: a new signing key from now on.
 */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { toDecimal } from '../app/lib/money.ts';
import {
  readReceiptKeys,
  readReceipts,
  verifyReceipts,
  type ReceiptProblem,
  type ReceiptsVerdict,
} from '../app/lib/verify-receipts.ts';

const USAGE = `usage: receipts verify <file|-> --keys <file|url> [--partial] [--json]
       receipts rotate-key

  <file|->    receipts as JSON, a JSON list, or one on each line; - reads standard input
  --keys      the published keys: <your marketplace>/.well-known/tollgate-receipt-keys.json, or a copy of it
  --partial   receipts of a key may be missing in between, as in what a seller has
  --json      the result for programs`;

const WORDS: Record<ReceiptProblem, string> = {
  unreadable: 'is no receipt',
  not_canonical: 'is not written the one way that is signed',
  wrong_type: 'is of a type that this program does not know',
  wrong_hash: 'has another hash than it says',
  unknown_signing_key: 'is signed with a key that was not published',
  bad_signature: 'is not what was signed',
  wrong_sum: 'has lines or sources that do not add up to its charge',
  duplicate: 'has the same place in its chain as another',
  gap: 'does not follow the receipt before it: some are missing in between',
  broken_chain: 'does not name the receipt before it',
};

async function load(source: string): Promise<string> {
  if (source === '-') return text(process.stdin);
  if (!/^https?:\/\//.test(source)) return readFile(source, 'utf8');
  const response = await fetch(source, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`${source} answers ${response.status}`);
  return response.text();
}

function print(verdict: ReceiptsVerdict): void {
  for (const { line, requestId, code } of verdict.problems) {
    console.error(`✗ receipt ${line}${requestId ? ` (${requestId})` : ''} ${WORDS[code]} [${code}]`);
  }
  for (const { keyId, firstSequence, lastSequence, receipts, chargeNanos } of verdict.chains) {
    console.log(
      `${keyId}: ${receipts} receipts, ${firstSequence} to ${lastSequence}, ${toDecimal(chargeNanos)} charged`,
    );
  }
  console.log(
    verdict.ok
      ? `✓ ${verdict.receipts} receipts are genuine: ${toDecimal(verdict.chargeNanos)} charged in all.`
      : `✗ These receipts do NOT verify (${verdict.problems.length} problems, ${verdict.receipts} receipts).`,
  );
}

async function verifyFile(
  source: string,
  options: { keys: string; partial: boolean; json: boolean },
): Promise<number> {
  const keys = readReceiptKeys(await load(options.keys));
  if (keys === null) throw new Error(`${options.keys} holds no keys: expected { "keys": [...] }`);
  const verdict = verifyReceipts(readReceipts(await load(source)), keys, { partial: options.partial });
  if (options.json) {
    console.log(
      JSON.stringify(verdict, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)),
    );
  } else {
    print(verdict);
  }
  return verdict.ok ? 0 : 1;
}

async function rotateKey(): Promise<number> {
  const [{ rotateSigningKey }, { withPlatform }] = await Promise.all([
    import('../app/domain/receipts/index.ts'),
    import('./with-database.ts'),
  ]);
  await withPlatform('receipts', async (platform) => {
    const { id } = await rotateSigningKey(platform.createContext({ type: 'system', job: 'receipts' }));
    console.log(`New receipts are signed with ${id}. Older ones verify with the keys of their time.`);
  });
  return Number(process.exitCode ?? 0);
}

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      keys: { type: 'string' },
      partial: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const [command, source, ...rest] = positionals;
  if (command === 'rotate-key' && source === undefined) return rotateKey();
  if (command === 'verify' && source !== undefined && values.keys !== undefined && rest.length === 0) {
    return verifyFile(source, { ...values, keys: values.keys });
  }
  throw new Error(USAGE);
}

export async function runReceipts(args: string[]): Promise<void> {
  try {
    process.exitCode = await run(args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  }
}

if (import.meta.main) await runReceipts(process.argv.slice(2));
