import { AppError } from '../lib/app-error.ts';
import type { Call } from './call.ts';
import type { CompiledService, CompiledUpstream } from './snapshot.ts';

/** Chooses where a call goes. One strategy for now: the first upstream, by priority, that can serve it. */
export type ChooseUpstream = (service: CompiledService, model: string | null) => CompiledUpstream | null;

export const byPriority: ChooseUpstream = (service, model) => {
  for (const upstream of service.upstreams) {
    if (upstream.credential === null) continue;
    if (model === null || upstream.models.length === 0 || upstream.models.includes(model)) return upstream;
  }
  return null;
};

/** Stage 6: the upstream and its credential. */
export function route(call: Call): void {
  const upstream = byPriority(call.service!, call.chat?.upstreamModel ?? null);
  if (upstream === null) {
    throw new AppError('no_healthy_upstream', 'The service has no upstream that can take this call.', {
      retryAfterSeconds: 30,
    });
  }
  call.upstream = upstream;
}
