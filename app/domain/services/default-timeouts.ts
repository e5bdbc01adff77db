import type { Service } from '../../../db/schema/index.ts';

interface Timeouts {
  firstByteTimeoutMs: number;
  idleTimeoutMs: number;
  totalTimeoutMs: number;
}

/** Models think for minutes before they say a word, and write long answers for longer. */
const OF_MODELS: Timeouts = {
  firstByteTimeoutMs: 300_000,
  idleTimeoutMs: 300_000,
  totalTimeoutMs: 1_800_000,
};

/** How long an upstream is waited for where its seller does not say; empty: as the table says. */
export function defaultTimeouts(kind: Service['kind']): Partial<Timeouts> {
  return kind === 'llm' ? OF_MODELS : {};
}
