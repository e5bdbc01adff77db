/** Receipts outside of the program: over HTTP, on the public page, and with the command that needs neither. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueReceipts } from '../../app/domain/receipts/index.ts';
import { issueAccessToken } from '../../app/domain/users/index.ts';
import type { SignedReceipt } from '../../app/lib/verify-receipts.ts';
import * as keysRoute from '../../app/routes/api/receipt-keys.ts';
import * as receiptRoute from '../../app/routes/api/receipt.ts';
import * as receiptsRoute from '../../app/routes/api/receipts.ts';
import { action } from '../../app/routes/storefront/receipts.tsx';
import { makeBuyer, makeMarketplace, type Marketplace, type Person } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { insertUsageEvent } from '../support/usage-events.ts';

const run = promisify(execFile);

let platform: TestPlatform;
let market: Marketplace;
let folder: string;
let requestId: string;

beforeAll(async () => {
  platform = await createTestPlatform();
  market = await makeMarketplace(platform);
  folder = mkdtempSync(join(tmpdir(), 'tollgate-receipts-'));
  for (let index = 0; index < 6; index++) {
    requestId = await insertUsageEvent(platform.db, {
      organizationId: market.buyer.organizationId,
      sellerOrganizationId: market.seller.organizationId,
      keyId: 'key_chain',
      occurredAt: new Date(Date.now() - (6 - index) * 60_000),
      chargeNanos: 1_500_000_000n,
    });
  }
  await issueReceipts(platform.createContext({ type: 'system', job: 'test' }));
  const keys = await ask(keysRoute.loader, '');
  writeFileSync(file('keys.json'), await keys.text());
  const receipts = await ask(receiptsRoute.loader, '', market.secret);
  writeFileSync(file('receipts.jsonl'), await receipts.text());
});
afterAll(async () => {
  await platform.close();
  rmSync(folder, { recursive: true, force: true });
});

const file = (name: string) => join(folder, name);

function argsOf(request: Request, params: Record<string, string> = {}) {
  const context = { platform, requestId: 'req_test', clientIp: '127.0.0.1', cspNonce: '' };
  return { request, params, context } as unknown as LoaderFunctionArgs & ActionFunctionArgs;
}

function ask(
  loader: (args: LoaderFunctionArgs) => Promise<Response>,
  query: string,
  secret?: string,
  params: Record<string, string> = {},
): Promise<Response> {
  const headers: HeadersInit = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
  return loader(argsOf(new Request(`http://localhost/x${query}`, { headers }), params));
}

async function tokenOf(person: Person): Promise<string> {
  return (await issueAccessToken(person.ctx, { userId: person.userId })).token;
}

async function verify(...args: string[]): Promise<{ code: number; out: string }> {
  try {
    const { stdout, stderr } = await run(process.execPath, ['cli/receipts.ts', 'verify', ...args], {
      // Nothing that leads to a database or a network.
      env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production' },
    });
    return { code: 0, out: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout + stderr };
  }
}

describe('over HTTP', () => {
  it('gives buyer and seller the same bytes, and a stranger 404', async () => {
    const mine = await ask(receiptRoute.loader, '', await tokenOf(market.buyer), { requestId });
    const theirs = await ask(receiptRoute.loader, '', await tokenOf(market.seller), { requestId });
    expect(mine.status).toBe(200);
    expect(await theirs.text()).toBe(await mine.text());
    const stranger = await ask(receiptRoute.loader, '', await tokenOf(await makeBuyer(platform)), {
      requestId,
    });
    expect(stranger.status).toBe(404);
    expect((await ask(receiptRoute.loader, '', undefined, { requestId })).status).toBe(401);
  });

  it('exports chains, narrowed by key and by what was read before', async () => {
    const lines = async (query: string) =>
      (await (await ask(receiptsRoute.loader, query, market.secret)).text()).split('\n').filter(Boolean);
    expect(await lines('')).toHaveLength(6);
    expect(await lines('?key=key_chain&after=4')).toHaveLength(2);
    expect(await lines('?limit=3')).toHaveLength(3);
    expect(await lines('?key=key_other')).toEqual([]);
    expect((await ask(receiptsRoute.loader, '?limit=many', market.secret)).status).toBe(400);
    expect((await ask(receiptsRoute.loader, '?perspective=admin', market.secret)).status).toBe(400);
  });

  it('publishes keys to anybody, never their private parts', async () => {
    const { keys } = JSON.parse(readFileSync(file('keys.json'), 'utf8')) as {
      keys: Record<string, string>[];
    };
    expect(keys).toMatchObject([{ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA' }]);
    expect(Object.keys(keys[0]!)).not.toContain('d');
  });
});

describe('the command', () => {
  it('says 0 to genuine receipts, offline, with their sum', async () => {
    const { code, out } = await verify(file('receipts.jsonl'), '--keys', file('keys.json'));
    expect(out).toContain('6 receipts are genuine: 9.00 charged in all');
    expect(code).toBe(0);
    const json = await verify(file('receipts.jsonl'), '--keys', file('keys.json'), '--json');
    expect(JSON.parse(json.out)).toMatchObject({ ok: true, receipts: 6, chargeNanos: '9000000000' });
  });

  it('says 1 to a changed amount and to a missing receipt, and names the request', async () => {
    const lines = readFileSync(file('receipts.jsonl'), 'utf8').split('\n').filter(Boolean);
    writeFileSync(file('changed.jsonl'), lines.join('\n').replace('1500000000', '1500000001'));
    const changed = await verify(file('changed.jsonl'), '--keys', file('keys.json'));
    expect(changed.code).toBe(1);
    const first = JSON.parse((JSON.parse(lines[0]!) as SignedReceipt).payload) as { request_id: string };
    expect(changed.out).toContain(`receipt 1 (${first.request_id}) is not what was signed [bad_signature]`);
    writeFileSync(file('gap.jsonl'), [...lines.slice(0, 2), ...lines.slice(3)].join('\n'));
    const gap = await verify(file('gap.jsonl'), '--keys', file('keys.json'));
    expect(gap.code).toBe(1);
    expect(gap.out).toContain('[gap]');
    expect((await verify(file('gap.jsonl'), '--keys', file('keys.json'), '--partial')).code).toBe(0);
  });

  it('says 2 to what it cannot read', async () => {
    expect((await verify(file('nothing.jsonl'), '--keys', file('keys.json'))).code).toBe(2);
    expect((await verify(file('receipts.jsonl'), '--keys', file('receipts.jsonl'))).code).toBe(2);
    expect((await verify(file('receipts.jsonl'))).code).toBe(2);
  });
});

describe('the public page', () => {
  async function check(fields: Record<string, string | Blob>) {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    return action(argsOf(new Request('http://localhost/receipts', { method: 'POST', body })));
  }

  it('needs no account, takes text or a file, and sees a changed byte', async () => {
    const text = readFileSync(file('receipts.jsonl'), 'utf8');
    expect(await check({ text })).toMatchObject({ verdict: { ok: true, receipts: 6 } });
    expect(await check({ file: new Blob([text]), text: '' })).toMatchObject({ verdict: { ok: true } });
    expect(await check({ text: text.replace('1500000000', '1500000001') })).toMatchObject({
      verdict: { ok: false },
    });
    expect(
      await check({
        text: text
          .split('\n')
          .filter((_, index) => index !== 2)
          .join('\n'),
      }),
    ).toMatchObject({
      verdict: { ok: false, problems: [{ code: 'gap' }] },
    });
    expect(await check({ text: '{"payload":' })).toMatchObject({ verdict: { ok: false } });
    expect(await check({ text: '' })).toEqual({ failure: 'empty' });
    expect(await check({ text: 'x'.repeat(3_000_000) })).toEqual({ failure: 'tooLarge' });
  });
});
