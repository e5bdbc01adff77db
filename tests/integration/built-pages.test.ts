import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ensureBuild } from '../../cli/pages.ts';

/** What a process does that serves the build: its settings first, then its pages. */
const PROGRAM = `
  const { loadConfig } = await import('./app/infra/config.ts');
  const { mode } = loadConfig();
  const { loadPages } = await import('./cli/pages.ts');
  await loadPages({ development: false });
  const { act } = (await import('react')).default;
  let refusal = null;
  try { act(() => {}); } catch (error) { refusal = error.message; }
  console.log(JSON.stringify({ mode, refusal }));
`;

it('runs the quick build of React wherever pages are served from the build', async () => {
  await ensureBuild();
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    env: { PATH: process.env['PATH'], NODE_ENV: 'development', DATA_DIR: 'test-results/built-pages' },
  });
  expect(JSON.parse(stdout)).toEqual({
    mode: 'development',
    refusal: expect.stringContaining('production builds of React') as string,
  });
});
