import { describe, expect, it, vi } from 'vitest';
import { Batcher, type BatcherOptions } from './batcher.ts';

function setUp(
  options: Partial<Omit<BatcherOptions<number>, 'run' | 'lingerMs'> & { lingerMs: number }> = {},
) {
  const batches: { items: number[]; finish: () => void }[] = [];
  const batcher = new Batcher<number>({
    run: (items) => new Promise((finish) => batches.push({ items, finish })),
    maxItems: options.maxItems ?? 100,
    sizeOf: options.sizeOf,
    maxInFlight: options.maxInFlight ?? 2,
    lingerMs: () => options.lingerMs ?? 0,
    patienceMs: options.patienceMs ?? 1_000,
  });
  return { batcher, batches };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 2));

describe('a batcher', () => {
  it('sends together what arrives together', async () => {
    const { batcher, batches } = setUp();
    for (const item of [1, 2, 3]) batcher.add(item);
    await turn();
    expect(batches.map(({ items }) => items)).toEqual([[1, 2, 3]]);
  });

  it('collects while a batch is under way, and goes on as soon as it is back', async () => {
    const { batcher, batches } = setUp();
    batcher.add(1);
    await turn();
    batcher.add(2);
    await turn();
    batcher.add(3);
    await turn();
    expect(batches).toHaveLength(1);
    batches[0]!.finish();
    await turn();
    expect(batches[1]!.items).toEqual([2, 3]);
  });

  it('weighs what it sends together, and sends alone what is too heavy', async () => {
    const { batcher, batches } = setUp({
      maxItems: 10,
      maxInFlight: 5,
      patienceMs: 1,
      sizeOf: (item) => item,
    });
    for (const item of [4, 6, 1, 20, 3]) batcher.add(item);
    await vi.waitFor(() => expect(batches.map(({ items }) => items)).toEqual([[4, 6], [1], [20], [3]]));
  });

  it('does not let one batch that is stuck hold up the others', async () => {
    const { batcher, batches } = setUp({ patienceMs: 5 });
    batcher.add(1);
    await turn();
    batcher.add(2);
    await vi.waitFor(() => expect(batches).toHaveLength(2));
  });

  it('never has more batches or larger ones under way than it may', async () => {
    const { batcher, batches } = setUp({ maxItems: 2, maxInFlight: 2, patienceMs: 1 });
    for (let i = 0; i < 10; i++) batcher.add(i);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(batches.map(({ items }) => items)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(batcher.waiting).toBe(6);
  });

  it('drains everything, in order, without lingering', async () => {
    const { batcher, batches } = setUp({ maxItems: 3, maxInFlight: 1, lingerMs: 60_000 });
    for (let i = 0; i < 7; i++) batcher.add(i);
    let drained = false;
    const draining = batcher.drain().then(() => (drained = true));
    for (let finished = 0; finished < 3; finished++) {
      await turn();
      expect(drained).toBe(false);
      batches[finished]!.finish();
    }
    await draining;
    expect(batches.flatMap(({ items }) => items)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});
