/** Brings what the tests need and npm cannot: a Redis server and a Chromium. */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { findChromium } from '../tests/support/find-chromium.ts';
import { findRedisServer } from '../tests/support/redis.ts';
import { runStep } from './run-steps.ts';

/** Debian asks this program before a package starts its service; 101 means no. */
const POLICY_FILE = '/usr/sbin/policy-rc.d';

function canInstallPackages(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

async function installPackages(packages: string[]): Promise<boolean> {
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  const ownPolicy = !existsSync(POLICY_FILE);
  if (ownPolicy) writeFileSync(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const update = await runStep(
      { name: 'apt-get update', command: ['apt-get', 'update', '-qq'], environment },
      { stream: true },
    );
    if (!update.passed) console.log('apt-get update failed; trying with the package lists that are here.');
    const install = await runStep(
      {
        name: 'apt-get install',
        command: ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages],
        environment,
      },
      { stream: true },
    );
    return install.passed;
  } finally {
    if (ownPolicy) rmSync(POLICY_FILE, { force: true });
    if (packages.includes('redis-server')) keepRedisFromBooting();
  }
}

/** We want the program, not a service that starts with the machine. */
function keepRedisFromBooting(): void {
  try {
    execFileSync('systemctl', ['disable', 'redis-server'], { stdio: 'ignore' });
  } catch {
    // No systemd here, so nothing starts it.
  }
}

/** @returns what is still missing, as sentences for the person in front of the terminal. */
export async function ensureTestTools(): Promise<string[]> {
  const wanted = [
    ...(findRedisServer() ? [] : ['redis-server']),
    // Without any font Chromium has nothing to draw text with.
    ...(findChromium() ? [] : ['chromium', 'fonts-liberation']),
  ];
  if (wanted.length > 0 && canInstallPackages()) {
    console.log(`Installing ${wanted.join(', ')} with apt-get…`);
    await installPackages(wanted);
  }
  if (!findChromium()) {
    console.log('Downloading Chromium with Playwright…');
    await runStep({ name: 'chromium', command: ['playwright', 'install', 'chromium'] }, { stream: true });
  }
  const missing: string[] = [];
  if (!findRedisServer()) {
    missing.push(
      'redis-server is not on the PATH. Install Redis (Debian: apt-get install redis-server; macOS: brew install redis).',
    );
  }
  if (!findChromium()) {
    missing.push('No Chromium was found. Install it, or name one in TOLLGATE_CHROMIUM=/path/to/chromium.');
  }
  return missing;
}
