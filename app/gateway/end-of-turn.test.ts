import { describe, expect, it } from 'vitest';
import { EndOfTurn } from './end-of-turn.ts';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

function setUp() {
  const errors: unknown[] = [];
  const done: string[] = [];
  return { endOfTurn: new EndOfTurn((error) => errors.push(error)), errors, done };
}

describe('the end of a turn of the event loop', () => {
  it('comes behind everything that is read or settled in it', async () => {
    const { endOfTurn, done } = setUp();
    endOfTurn.add(() => done.push('first'));
    await Promise.resolve();
    await new Promise<void>((resolve) => process.nextTick(resolve));
    endOfTurn.add(() => done.push('second'));
    expect(done).toEqual([]);
    await nextTurn();
    expect(done).toEqual(['first', 'second']);
  });

  it('leaves what comes up at its end to the next one', async () => {
    const { endOfTurn, done } = setUp();
    endOfTurn.add(() => endOfTurn.add(() => done.push('later')));
    endOfTurn.add(() => done.push('now'));
    await nextTurn();
    expect(done).toEqual(['now']);
    await nextTurn();
    expect(done).toEqual(['now', 'later']);
  });

  it('acts on the others when one fails', async () => {
    const { endOfTurn, errors, done } = setUp();
    const failure = new Error('one');
    endOfTurn.add(() => {
      throw failure;
    });
    endOfTurn.add(() => done.push('other'));
    await nextTurn();
    expect({ errors, done }).toEqual({ errors: [failure], done: ['other'] });
  });
});
