/** What cannot be converted is refused with a word, and the documentation says so. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MISSING_CELLS } from '../support/sdk-cells.ts';
import type { AddedBuyer } from './gateway-fixture.ts';
import { createSdkFixture, nameOf, type SdkFixture, type UpstreamDialect } from './sdk-fixture.ts';

let fixture: SdkFixture;
let buyer: AddedBuyer;

beforeAll(async () => {
  fixture = await createSdkFixture();
  buyer = await fixture.newBuyer();
});

afterAll(() => fixture?.close());

describe.each(MISSING_CELLS)('$asked', ({ asked, upstreams, reason, path, body }) => {
  it.each(upstreams)('are refused where the upstream speaks %s, at no charge', async (dialect) => {
    const before = await fixture.wallet(buyer.organizationId);
    const requests = fixture.upstreams.requests.length;
    const answer = await fixture.call(path, buyer.key.secret, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: nameOf(dialect as UpstreamDialect), ...body }),
    });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { error: expect.objectContaining({ message: expect.stringMatching(/\w/) }) },
    ]);
    expect(fixture.upstreams.requests).toHaveLength(requests);
    expect(await fixture.wallet(buyer.organizationId)).toEqual(before);
  });

  it('stand in docs/sdks.md', () => {
    const cells = [asked, upstreams.map((dialect) => `\`${dialect}\``).join(', '), reason];
    const row = readFileSync('docs/sdks.md', 'utf8')
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .find((columns) => columns[1] === asked);
    expect(row?.slice(1, 4)).toEqual(cells);
  });
});
