import { describe, expect, it } from 'vitest';
import { LazyTable } from './lazy-table.ts';

interface Row {
  organizationId: string;
  version: number;
}

function setUp(maxEntries = 100) {
  let nowMs = 1_000_000;
  const reads: { key: string; answer: (row: Row | null) => void; fail: (error: Error) => void }[] = [];
  const table = new LazyTable<Row>({
    load: (key) => new Promise((answer, fail) => reads.push({ key, answer, fail })),
    ownerOf: (row) => row.organizationId,
    clock: { now: () => nowMs, date: () => new Date(nowMs) },
    maxEntries,
    ttlMs: 5_000,
    refreshMs: 4_000,
  });
  return { table, reads, advance: (ms: number) => (nowMs += ms) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a lazy table', () => {
  it('reads once for everybody who asks at the same time', async () => {
    const { table, reads } = setUp();
    const all = [table.load('a'), table.load('a'), table.load('a')];
    reads[0]!.answer({ organizationId: 'o', version: 1 });
    expect(await Promise.all(all)).toHaveLength(3);
    expect(reads).toHaveLength(1);
    expect(table.peek('a')).toEqual({ organizationId: 'o', version: 1 });
  });

  it('never serves anything older than its time, and refreshes what is in use before', async () => {
    const { table, reads, advance } = setUp();
    void table.load('a');
    reads[0]!.answer({ organizationId: 'o', version: 1 });
    await settled();
    advance(4_500);
    expect(table.peek('a')).toMatchObject({ version: 1 });
    expect(table.peek('a')).toMatchObject({ version: 1 });
    expect(reads).toHaveLength(2);
    advance(500);
    expect(table.peek('a')).toBeUndefined();
    reads[1]!.answer({ organizationId: 'o', version: 2 });
    await settled();
    expect(table.peek('a')).toBeDefined();
  });

  it('starts over when something changes while it reads', async () => {
    const { table, reads } = setUp();
    const asked = table.load('a');
    table.invalidate('someone');
    reads[0]!.answer({ organizationId: 'o', version: 1 });
    await settled();
    expect(reads).toHaveLength(2);
    reads[1]!.answer({ organizationId: 'o', version: 2 });
    expect(await asked).toMatchObject({ version: 2 });
  });

  it('forgets what belongs to an organization, and what did not exist', async () => {
    const { table, reads } = setUp();
    for (const key of ['a', 'b', 'c']) void table.load(key);
    reads[0]!.answer({ organizationId: 'one', version: 1 });
    reads[1]!.answer({ organizationId: 'two', version: 1 });
    reads[2]!.answer(null);
    await settled();
    expect(table.peek('c')).toBeNull();
    table.invalidate('one');
    expect([table.peek('a'), table.peek('b'), table.peek('c')]).toEqual([
      undefined,
      expect.anything(),
      undefined,
    ]);
  });

  it('does not remember failures', async () => {
    const { table, reads } = setUp();
    const asked = table.load('a');
    reads[0]!.fail(new Error('away'));
    await expect(asked).rejects.toThrow('away');
    expect(table.peek('a')).toBeUndefined();
    void table.load('a');
    expect(reads).toHaveLength(2);
  });

  it('stays bounded, absent rows included', async () => {
    const { table, reads } = setUp(10);
    for (let i = 0; i < 50; i++) {
      void table.load(`junk-${i}`);
      reads[i]!.answer(null);
    }
    await settled();
    expect(table.size).toBe(10);
  });
});
