import { describe, expect, it, vi } from 'vitest';
import type { AnswerCapture, CapturedAnswer } from './answers/answer-body.ts';
import { Flights, type Turn } from './coalesce.ts';

const ANSWER: CapturedAnswer = { status: 200, headers: [], body: Buffer.from('yes'), isEventStream: false };

/** Equal calls; those that are to ask stand in `asking`, what came of waiting in `turns`. */
function crowd(flights: Flights, count: number, gone = new Set<number>()) {
  const asking: AnswerCapture[] = [];
  const turns: Turn[] = [];
  const note = (turn: Turn): void => {
    turns.push(turn);
    if (turn !== null && 'copy' in turn) asking.push(turn.copy);
  };
  for (let i = 0; i < count; i += 1) {
    const joined = flights.join('key', 1_000, () => gone.has(i));
    if (joined instanceof Promise) void joined.then(note);
    else asking.push(joined);
  }
  /** Lets all that ask now fail; how many others ask in their place. */
  const fail = async (reason: 'failed' | 'charged' = 'failed'): Promise<number> => {
    for (const copy of asking.splice(0)) copy.onDiscard(reason);
    await settled();
    return asking.length;
  };
  return { asking, turns, fail };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('equal calls', () => {
  it('ask once, and all who wait get the answer', async () => {
    const { asking, turns } = crowd(new Flights(), 10);
    expect(asking).toHaveLength(1);
    await asking[0]!.onComplete(ANSWER);
    await settled();
    expect(turns).toEqual(Array.from({ length: 9 }, () => ({ answer: ANSWER })));
  });

  it('do not all ask at once when the first fails, but as many as have failed so far', async () => {
    const flights = new Flights();
    const { asking, turns, fail } = crowd(flights, 100);
    const waves: number[] = [];
    for (let wave = 0; wave < 5; wave += 1) waves.push(await fail());
    expect(waves).toEqual([1, 2, 4, 8, 16]);
    await asking[3]!.onComplete(ANSWER);
    await settled();
    expect(turns.filter((turn) => turn !== null && 'answer' in turn)).toHaveLength(100 - 32);
    // The rest of the last wave is for nobody.
    await fail();
    expect(flights.join('key', 1_000, () => false)).not.toBeInstanceOf(Promise);
  });

  it('take no answer that says that the upstream failed', async () => {
    const { asking, turns } = crowd(new Flights(), 3);
    await asking[0]!.onComplete({ ...ANSWER, status: 503 });
    await settled();
    expect(turns).toEqual([{ copy: asking[1] }]);
  });

  it('are asked for in place of a caller who left, by one who is still there', async () => {
    const { asking, turns, fail } = crowd(new Flights(), 4, new Set([1, 2]));
    expect(await fail('charged')).toBe(1);
    expect(turns).toEqual([null, null, { copy: asking[0] }]);
  });

  it('that were the last leave nothing behind', async () => {
    const flights = new Flights();
    const { fail } = crowd(flights, 3, new Set([1, 2]));
    expect(await fail()).toBe(0);
    expect(flights.join('key', 1_000, () => false)).not.toBeInstanceOf(Promise);
  });

  it('ask for themselves when the answer is too long to share', async () => {
    const { asking, turns } = crowd(new Flights(), 3);
    asking[0]!.onTooLong!();
    await settled();
    expect(turns).toEqual([null, null]);
    asking[0]!.onDiscard('too_long');
  });

  it('do not wait for ever for one whose caller reads slowly, and take its answer when it comes first', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { asking, turns } = crowd(new Flights(5_000), 4);
      const [slow] = asking;
      vi.advanceTimersByTime(4_999);
      await settled();
      expect(asking).toHaveLength(1);
      vi.advanceTimersByTime(1);
      await settled();
      expect(asking).toHaveLength(2);
      await slow!.onComplete(ANSWER);
      await settled();
      expect(turns).toHaveLength(3);
    } finally {
      vi.useRealTimers();
    }
  });
});
