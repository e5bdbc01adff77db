/** `npm test`: everything, on a fresh machine, with a count at the end. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runStep, type Step } from './run-steps.ts';
import { ensureTestTools } from './test-tools.ts';

interface TestStep extends Step {
  /** Where this step leaves its results as JSON; steps without one count only when they fail. */
  report?: string;
}

interface Count {
  passed: number;
  failed: number;
}

/** Understands the JSON reports of vitest and of Playwright. */
export function countResults(json: string): Count {
  const report = JSON.parse(json) as {
    numPassedTests?: number;
    numFailedTests?: number;
    stats?: { expected: number; unexpected: number; flaky: number };
  };
  if (report.stats)
    return { passed: report.stats.expected + report.stats.flaky, failed: report.stats.unexpected };
  return { passed: report.numPassedTests ?? 0, failed: report.numFailedTests ?? 0 };
}

function steps(reports: string): TestStep[] {
  const vitest = (project: string): TestStep => {
    const report = join(reports, `${project}.json`);
    return {
      name: `${project} tests`,
      command: [
        'vitest',
        'run',
        '--project',
        project,
        '--reporter=default',
        '--reporter=./tests/support/repeated-tests-reporter.ts',
        '--reporter=json',
        `--outputFile.json=${report}`,
      ],
      report,
    };
  };
  const browser = join(reports, 'e2e.json');
  return [
    { name: 'format', command: ['prettier', '--check', '.'] },
    { name: 'lint', command: ['eslint', '.', '--max-warnings', '0'] },
    { name: 'types', command: ['tsc', '--noEmit'] },
    vitest('unit'),
    vitest('integration'),
    { name: 'build', command: ['node', 'cli/pages.ts'] },
    {
      name: 'end-to-end tests',
      command: ['playwright', 'test', '--reporter=list,json'],
      environment: { PLAYWRIGHT_JSON_OUTPUT_FILE: browser },
      report: browser,
    },
  ];
}

function countOf(step: TestStep, passed: boolean): Count {
  const count =
    step.report && existsSync(step.report)
      ? countResults(readFileSync(step.report, 'utf8'))
      : { passed: 0, failed: 0 };
  // A step that fails without a failing test (a crash, a lint error) is a failure all the same.
  return passed ? count : { ...count, failed: Math.max(count.failed, 1) };
}

async function main(): Promise<void> {
  const missing = await ensureTestTools();
  if (missing.length > 0) {
    console.error(missing.join('\n'));
    console.log('0 passed, 1 failed');
    process.exitCode = 1;
    return;
  }
  const reports = mkdtempSync(join(tmpdir(), 'tollgate-reports-'));
  const total: Count = { passed: 0, failed: 0 };
  const failures: string[] = [];
  for (const step of steps(reports)) {
    console.log(`\n── ${step.name}`);
    const result = await runStep(step, { stream: true });
    const count = countOf(step, result.passed);
    total.passed += count.passed;
    total.failed += count.failed;
    if (!result.passed) failures.push(step.name);
    console.log(`── ${step.name}: ${result.passed ? 'passed' : 'FAILED'} in ${result.seconds} s`);
  }
  rmSync(reports, { recursive: true, force: true });
  if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`);
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

if (import.meta.main) await main();
