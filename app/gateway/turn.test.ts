import { describe, expect, it } from 'vitest';
import { Turn } from './turn.ts';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

function setUp() {
  const errors: unknown[] = [];
  const done: string[] = [];
  return { turn: new Turn((error) => errors.push(error)), errors, done };
}

describe('a turn of the event loop', () => {
  it('is over before anything is acted on, promises that wait for nothing included', async () => {
    const { turn, done } = setUp();
    turn.atEnd(() => done.push('first'));
    await Promise.resolve();
    await new Promise<void>((resolve) => process.nextTick(resolve));
    turn.atEnd(() => done.push('second'));
    expect(done).toEqual([]);
    await nextTurn();
    expect(done).toEqual(['first', 'second']);
  });

  it('leaves what comes up at its end to the next one', async () => {
    const { turn, done } = setUp();
    turn.atEnd(() => turn.atEnd(() => done.push('later')));
    turn.atEnd(() => done.push('now'));
    await nextTurn();
    expect(done).toEqual(['now']);
    await nextTurn();
    expect(done).toEqual(['now', 'later']);
  });

  it('acts on the others when one fails', async () => {
    const { turn, errors, done } = setUp();
    const failure = new Error('one');
    turn.atEnd(() => {
      throw failure;
    });
    turn.atEnd(() => done.push('other'));
    await nextTurn();
    expect({ errors, done }).toEqual({ errors: [failure], done: ['other'] });
  });
});
