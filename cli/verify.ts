/** `npm run verify`: what can be known in seconds and without any service. */
import { runStep, type Step } from './run-steps.ts';

export const VERIFY_STEPS: Step[] = [
  { name: 'format', command: ['prettier', '--check', '.'] },
  { name: 'lint', command: ['eslint', '.', '--max-warnings', '0'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'unit tests', command: ['vitest', 'run', '--project', 'unit'] },
];

if (import.meta.main) {
  // All at once: each of them leaves processors idle when it runs alone.
  const results = await Promise.all(VERIFY_STEPS.map((step) => runStep(step, { stream: false })));
  for (const result of results.filter((one) => !one.passed))
    console.log(`\n── ${result.name}\n${result.output}`);
  for (const { name, passed, seconds } of results)
    console.log(`${passed ? '✓' : '✗'} ${name} (${seconds} s)`);
  process.exitCode = results.every((result) => result.passed) ? 0 : 1;
}
