/** The end of an answer, which goes when its call is settled. */
import type { ServerResponse } from 'node:http';
import { toDecimal } from '../lib/money.ts';
import type { AnswerBody } from './answers/answer-body.ts';
import type { Call } from './call.ts';
import type { Failure } from './failures.ts';
import type { Outcome } from './settle.ts';

/** Copying more into one piece costs as much as sending two. */
const ONE_PIECE_BYTES = 16 * 1024;

/**
 * A short answer that came whole leaves with its head: node:http puts the two into one buffer only where the
 * body is a string, and one buffer is cheaper to send than two. Latin-1 has a character for every byte.
 * @param isAll nothing of the body has gone before.
 */
export function endWith(response: ServerResponse, last: Buffer | undefined, isAll: boolean): void {
  if (isAll && last !== undefined && last.length <= ONE_PIECE_BYTES)
    response.end(last.toString('latin1'), 'latin1');
  else response.end(last);
}

/** What a stream of tokens has cost stands in a comment in front of its terminal event. */
export function withCost(call: Call, body: AnswerBody, outcome: Outcome, last: Buffer): Buffer | undefined {
  const { tokens } = outcome;
  const isBetweenEvents = body.atBoundary || (call.opened && body.buffered);
  if (!body.isEventStream || !call.held || tokens === null || !isBetweenEvents)
    return last.length === 0 ? undefined : last;
  const cost = toDecimal(call.chargedNanos);
  const comment = `: tollgate cost=${cost} input=${tokens.input} output=${tokens.output}\n\n`;
  return Buffer.concat([Buffer.from(comment), last]);
}

/** Never a clean end: an error event where the format has one, else a cut connection. */
export function breakOff(response: ServerResponse, body: AnswerBody, { error }: Failure): void {
  const event = body.breakOff(error);
  if (event === null) response.destroy();
  else response.end(event);
}

/** Says it unless nobody listens; nobody is left to catch what fails here: it ends this call, not the process. */
export function say(call: Call, lastWord: () => void): void {
  if (call.closed) return;
  try {
    lastWord();
  } catch (error) {
    cutOff(call, error);
  }
}

export function cutOff(call: Call, error: unknown): void {
  call.parts.logger.error({ err: error, requestId: call.id }, 'an answer could not be sent');
  call.response.destroy();
}
