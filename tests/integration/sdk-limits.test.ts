/** What cannot be converted is refused with a word, and the documentation says so. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MATRIX, MISSING_CELLS } from '../support/sdk-cells.ts';
import type { AddedBuyer } from './gateway-fixture.ts';
import {
  createSdkFixture,
  nameOf,
  UPSTREAM_DIALECTS,
  type SdkFixture,
  type UpstreamDialect,
} from './sdk-fixture.ts';

let fixture: SdkFixture;
let buyer: AddedBuyer;

beforeAll(async () => {
  fixture = await createSdkFixture();
  buyer = await fixture.newBuyer();
});

afterAll(() => fixture?.close());

/** Of the table under this heading of the documentation: cells by row, the heads among them. */
function rowsOf(heading: string): string[][] {
  const [section = ''] = readFileSync('docs/sdks.md', 'utf8').split(`## ${heading}\n`)[1]!.split('\n## ');
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('what every SDK gets', () => {
  it('stands in docs/sdks.md, cell by cell', () => {
    const [head, , ...rows] = rowsOf('Who gets what');
    const dialects = head!.slice(2).map((cell) => cell.replaceAll('`', '') as UpstreamDialect);
    expect(dialects.toSorted()).toEqual([...UPSTREAM_DIALECTS].toSorted());
    expect(rows).toEqual(
      MATRIX.map(({ asked, sdks, got }) => [asked, sdks, ...dialects.map((dialect) => got[dialect])]),
    );
  });

  it.each(
    MATRIX.flatMap(({ asked, got }) =>
      MISSING_CELLS.filter((cell) => cell.asked === asked).map((cell) => ({ cell, got })),
    ),
  )('has nothing where $cell.asked is refused', ({ cell, got }) => {
    const none = UPSTREAM_DIALECTS.filter((dialect) => got[dialect] === 'no');
    expect(none).toEqual(cell.upstreams);
  });
});

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
    const row = rowsOf('What there is not').find((columns) => columns[0] === asked);
    expect(row?.slice(0, 3)).toEqual(cells);
  });
});
