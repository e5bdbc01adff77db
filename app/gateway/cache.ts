import type { Call } from './call.ts';

/** Answers equal requests from memory where service and caller allow it. */
export function answerFromCache(_call: Call): void | Promise<void> {}
