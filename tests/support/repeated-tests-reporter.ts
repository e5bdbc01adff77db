import type { Reporter, TestCase } from 'vitest/node';

/**
 * Says at the end which tests passed only when they were tried again, and why they had failed: whether
 * that was a busy machine or a guarantee that holds most of the time is for a person to find out.
 */
class RepeatedTestsReporter implements Reporter {
  private readonly repeated: TestCase[] = [];

  onTestCaseResult(test: TestCase): void {
    if (test.result().state === 'passed' && (test.diagnostic()?.retryCount ?? 0) > 0)
      this.repeated.push(test);
  }

  onTestRunEnd(): void {
    if (this.repeated.length === 0) return;
    console.log(`\n${this.repeated.length} passed only when tried again:`);
    for (const test of this.repeated) {
      console.log(`- ${test.module.relativeModuleId} > ${test.fullName}`);
      for (const { message, stack } of test.result().errors ?? []) {
        const [frame] = stack?.match(/^\s+at .*/m) ?? [];
        console.log(`    ${message.split('\n')[0]}${frame ? `\n  ${frame}` : ''}`);
      }
    }
  }
}

// The name by which vitest finds a reporter that it is given as a file.
export { RepeatedTestsReporter as default };
