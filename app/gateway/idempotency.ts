import type { Call } from './call.ts';

/** Answers a repeated `Idempotency-Key` from what is stored, or claims it. */
export function claimIdempotency(_call: Call): void | Promise<void> {}
