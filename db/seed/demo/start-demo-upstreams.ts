/** Starts the demo's servers on loopback and tells the catalogue where they are this time. */
import { eq } from 'drizzle-orm';
import type { Platform } from '../../../app/platform.ts';
import { credentials, organizations, services, upstreams } from '../../schema/index.ts';
import { startAssistantUpstream } from './assistant-upstream.ts';
import { DEMO_SLUGS } from './seed-demo.ts';
import { startToolboxUpstream, type DemoUpstream } from './toolbox-upstream.ts';

const STARTERS: Record<string, (credential: string) => Promise<DemoUpstream>> = {
  [DEMO_SLUGS.assistant]: startAssistantUpstream,
  [DEMO_SLUGS.toolbox]: startToolboxUpstream,
};

/** Starts what the demo seller of this database still lists; does nothing when there is none. */
export async function startDemoUpstreams(platform: Platform): Promise<{ close(): Promise<void> }> {
  const rows = await platform.db
    .select({
      slug: services.slug,
      upstreamId: upstreams.id,
      credentialId: credentials.id,
      envelope: credentials.secretEnvelope,
    })
    .from(services)
    .innerJoin(organizations, eq(organizations.id, services.organizationId))
    .innerJoin(upstreams, eq(upstreams.serviceId, services.id))
    .innerJoin(credentials, eq(credentials.upstreamId, upstreams.id))
    .where(eq(organizations.slug, 'demo-seller'));
  const started: DemoUpstream[] = [];
  for (const row of rows) {
    const start = STARTERS[row.slug];
    if (!start || !row.envelope) continue;
    const upstream = await start(platform.keyring.open(row.envelope, `credential:${row.credentialId}`));
    started.push(upstream);
    platform.egress.allow(new URL(upstream.baseUrl).host);
    await platform.db
      .update(upstreams)
      .set({ baseUrl: upstream.baseUrl })
      .where(eq(upstreams.id, row.upstreamId));
  }
  return {
    async close() {
      await Promise.all(started.map((upstream) => upstream.close()));
    },
  };
}
