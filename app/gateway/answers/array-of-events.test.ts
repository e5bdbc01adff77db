import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import type { AnswerBody, AnswerEnd } from './answer-body.ts';
import { ArrayOfEvents } from './array-of-events.ts';
import { EventsBody } from './events.ts';
import { passBody } from './pass.ts';

const ERROR = 'data: {"error":{"code":502}}\n\n';
const EVENTS = 'data: {"a":"é,]"}\n\n: a comment\n\ndata: {"a":2}\r\n\r\ndata: {"a":\ndata: 3}\n\n';
const ELEMENTS = [{ a: 'é,]' }, { a: 2 }, { a: 3 }];
const error = new AppError('upstream_error', 'It broke.');

/** Events as they come, however they are divided. */
const plain = (end: Partial<AnswerEnd> = {}): AnswerBody => ({
  ...passBody,
  isEventStream: true,
  end: () => ({ state: 'complete', last: Buffer.alloc(0), ...end }),
  breakOff: () => Buffer.from(`\n\n${ERROR}`),
});

function feed(body: ArrayOfEvents, text: string, size: number): string {
  const bytes = Buffer.from(text);
  let output = '';
  for (let from = 0; from < bytes.length; from += size)
    output += body.push(bytes.subarray(from, from + size)).toString('utf8');
  return output;
}

describe('an array of events', () => {
  it.each([1, 2, 7, 1_000])('has an element for each, in pieces of %i bytes', (size) => {
    const body = new ArrayOfEvents(plain());
    const text = feed(body, EVENTS, size) + body.end().last.toString('utf8');
    expect(JSON.parse(text)).toEqual(ELEMENTS);
  });

  it('keeps what was held to the end, also without its blank line', () => {
    const body = new ArrayOfEvents(plain({ last: Buffer.from('data: {"a":4}') }));
    const text = feed(body, EVENTS, 5) + body.end().last.toString('utf8');
    expect(JSON.parse(text)).toEqual([...ELEMENTS, { a: 4 }]);
  });

  it('without events is empty', () => {
    expect(new ArrayOfEvents(plain()).end().last.toString('utf8')).toBe('[]');
  });

  it.each(['', 'data: {"a":4', 'da', 'data: {"a":4}\n'])(
    'that breaks off behind %j ends with the error as its last element',
    (begun) => {
      for (const inner of [plain(), new EventsBody(() => ERROR)]) {
        const body = new ArrayOfEvents(inner);
        const text = feed(body, EVENTS + begun, 3) + body.breakOff(error)!.toString('utf8');
        expect(JSON.parse(text)).toEqual([...ELEMENTS, { error: { code: 502 } }]);
      }
    },
  );

  it('is as whole as its stream', () => {
    const truncated = new ArrayOfEvents(plain({ state: 'truncated' }));
    feed(truncated, EVENTS, 9);
    expect(truncated.end()).toMatchObject({ state: 'truncated', last: Buffer.alloc(0) });
  });
});
