#!/usr/bin/env node
/** `tollgate <command>`: for those who have not got this project's npm scripts at hand. */
import { runReceipts } from './receipts.ts';

const [command, ...rest] = process.argv.slice(2);

if (command === 'receipts') {
  await runReceipts(rest);
} else {
  console.error('usage: tollgate receipts verify <file|-> --keys <file|url> [--partial] [--json]');
  process.exitCode = 2;
}
