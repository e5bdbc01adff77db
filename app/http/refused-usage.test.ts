import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { spoolFolder } from '../lib/usage-spool.ts';
import type { Platform } from '../platform.ts';
import { countRefusedUsage } from './refused-usage.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'tollgate-refused-'));
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

it('counts what the database has refused, not what only waits for it', async () => {
  const platform = { config: { dataDir } } as Platform;
  expect(await countRefusedUsage(platform)).toBe(0);
  mkdirSync(spoolFolder(dataDir));
  for (const name of ['a.refused', 'b.jsonl', 'c.refused', 'd.refused.partial'])
    writeFileSync(join(spoolFolder(dataDir), name), '');
  expect(await countRefusedUsage(platform)).toBe(2);
});
