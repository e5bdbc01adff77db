/** Starts the demo's servers on loopback and tells the catalogue where they are this time. */
import { eq } from 'drizzle-orm';
import type { Platform } from '../../../app/platform.ts';
import { credentials, organizations, services, upstreams } from '../../schema/index.ts';
import { startAssistantUpstream } from './assistant-upstream.ts';
import { DEMO_SLUGS } from './seed-demo.ts';
import { startToolboxUpstream, type DemoUpstream } from './toolbox-upstream.ts';

const STARTERS: Record<string, (credentials: string[]) => Promise<DemoUpstream>> = {
  [DEMO_SLUGS.assistant]: startAssistantUpstream,
  [DEMO_SLUGS.toolbox]: startToolboxUpstream,
};

/** Starts what the demo seller of this database still lists; does nothing when there is none. */
export async function startDemoUpstreams(platform: Platform): Promise<{ close(): Promise<void> }> {
  const rows = await platform.db
    .select({
      slug: services.slug,
      upstreamId: upstreams.id,
      baseUrl: upstreams.baseUrl,
      credentialId: credentials.id,
      envelope: credentials.secretEnvelope,
    })
    .from(services)
    .innerJoin(organizations, eq(organizations.id, services.organizationId))
    .innerJoin(upstreams, eq(upstreams.serviceId, services.id))
    .innerJoin(credentials, eq(credentials.upstreamId, upstreams.id))
    .where(eq(organizations.slug, 'demo-seller'));
  const started: DemoUpstream[] = [];
  for (const [slug, ofService] of Map.groupBy(rows, (row) => row.slug)) {
    const start = STARTERS[slug];
    const secrets = ofService.flatMap(({ envelope, credentialId }) =>
      envelope === null ? [] : [platform.keyring.open(envelope, `credential:${credentialId}`)],
    );
    if (!start || secrets.length === 0) continue;
    const { baseUrl, close } = await start([...new Set(secrets)]);
    started.push({ baseUrl, close });
    platform.egress.allow(new URL(baseUrl).host);
    for (const upstream of new Map(ofService.map((row) => [row.upstreamId, row])).values()) {
      const path = new URL(upstream.baseUrl).pathname.replace(/\/$/, '');
      await platform.db
        .update(upstreams)
        .set({ baseUrl: baseUrl + path })
        .where(eq(upstreams.id, upstream.upstreamId));
    }
  }
  return {
    async close() {
      await Promise.all(started.map((upstream) => upstream.close()));
    },
  };
}
