export { listUpstreams } from './list-upstreams.ts';
export { createUpstream, MAX_UPSTREAMS } from './create-upstream.ts';
export { updateUpstream } from './update-upstream.ts';
export { deleteUpstream } from './delete-upstream.ts';
export type { OwnUpstream } from './own-upstream.ts';
export type { CreateUpstreamInput, UpdateUpstreamInput } from './schemas.ts';
