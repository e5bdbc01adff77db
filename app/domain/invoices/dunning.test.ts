import { describe, expect, it } from 'vitest';
import { addDays, nextDunningStep } from './dunning.ts';

const due = new Date('2026-11-15T00:00:00Z');
const plan = { dunningDays: [0, 3, 7, 14], dunningGraceDays: 7 };

describe('dunning', () => {
  it('tries at the due date, then on its days, then waits the grace and stops', () => {
    const seen: [string, string][] = [];
    let now = addDays(due, -14);
    for (let step = nextDunningStep(due, plan, now); step; step = nextDunningStep(due, plan, now)) {
      seen.push([step.step, step.at.toISOString().slice(0, 10)]);
      now = step.at;
    }
    expect(seen).toEqual([
      ['retry', '2026-11-15'],
      ['retry', '2026-11-18'],
      ['retry', '2026-11-22'],
      ['retry', '2026-11-29'],
      ['suspend', '2026-12-06'],
    ]);
    expect(nextDunningStep(due, plan, now)).toBeNull();
    expect(nextDunningStep(due, plan, addDays(now, -1))).not.toBeNull();
  });

  it('skips steps that passed while no job ran', () => {
    expect(nextDunningStep(due, plan, addDays(due, 8))).toEqual({ at: addDays(due, 14), step: 'retry' });
  });

  it('only waits the grace when there are no days', () => {
    const none = { dunningDays: [], dunningGraceDays: 2 };
    expect(nextDunningStep(due, none, due)).toEqual({ at: addDays(due, 2), step: 'suspend' });
  });
});
