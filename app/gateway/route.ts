import { AppError } from '../lib/app-error.ts';
import type { Call } from './call.ts';

/** Stage: where the call goes. */
export function route(call: Call): void {
  const [candidate] = call.service!.candidates.of(call.service!, call.llm?.upstreamModel ?? null);
  if (candidate === undefined) {
    throw new AppError('no_healthy_upstream', 'The service has no upstream that can take this call.', {
      retryAfterSeconds: 30,
    });
  }
  call.upstream = candidate.upstream;
  call.credential = candidate.credential;
}
