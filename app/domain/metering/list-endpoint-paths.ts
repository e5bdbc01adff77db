import type { MeteringContext } from './metering-context.ts';

/** Every active custom path, without the leading slash. */
export async function listEndpointPaths({ sql }: MeteringContext): Promise<string[]> {
  const rows = await sql<{ path: string }[]>`select path from endpoints where status = 'active'`;
  return rows.map(({ path }) => path);
}
