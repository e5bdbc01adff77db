import { describe, expect, it } from 'vitest';
import { countResults } from './test.ts';

describe('counting results', () => {
  it('reads a report of vitest', () => {
    expect(countResults('{"numPassedTests": 41, "numFailedTests": 2, "numTotalTests": 43}')).toEqual({
      passed: 41,
      failed: 2,
    });
  });

  it('reads a report of Playwright and counts a flaky test as passed', () => {
    const stats = { expected: 10, unexpected: 1, flaky: 2, skipped: 3 };
    expect(countResults(JSON.stringify({ suites: [], stats }))).toEqual({ passed: 12, failed: 1 });
  });
});
