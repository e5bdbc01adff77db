import type { AnswerBody, AnswerEnd } from './answer-body.ts';

const EMPTY = Buffer.alloc(0);
const COMPLETE: AnswerEnd = { state: 'complete', last: EMPTY };

/** Bytes as they come: everything that is neither events nor understood. Holds nothing, so one serves all. */
export const passBody: AnswerBody = {
  buffered: false,
  isEventStream: false,
  rewritten: false,
  push: (chunk) => chunk,
  end: () => COMPLETE,
  atBoundary: false,
  breakOff: () => null,
  usage: null,
  textBytes: 0,
  servedModel: null,
};
