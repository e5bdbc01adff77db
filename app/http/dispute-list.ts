/** What the three lists of disputes share: which page and status the address asks for. */
import { z } from 'zod';
import { listDisputes, type DisputePage, type DisputePerspective } from '../domain/disputes/index.ts';
import type { Context } from '../domain/context.ts';

const search = z.object({
  status: z.enum(['open', 'refunded', 'rejected', 'withdrawn']).nullable().catch(null),
  page: z.coerce.number().int().min(1).max(10_000).catch(1),
});

export type DisputeListing = DisputePage & { status: z.output<typeof search>['status'] };

/** The disputes that this address asks for; nonsense in it counts as nothing said. */
export async function loadDisputes(
  ctx: Context,
  perspective: DisputePerspective,
  url: string,
): Promise<DisputeListing> {
  const wanted = new URL(url).searchParams;
  const { status, page } = search.parse({ status: wanted.get('status'), page: wanted.get('page') ?? 1 });
  return { ...(await listDisputes(ctx, { perspective, page, status: status ?? undefined })), status };
}
