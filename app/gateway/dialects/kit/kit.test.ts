import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../limits.ts';
import { measureText, type StringKind } from './measure-text.ts';
import { readModelOnly } from './model-only.ts';
import { readInteger, readNumber, readOneOf, readStop } from './params.ts';
import { signatureFor, signatureToShow, signedBy } from './signature.ts';
import { EventBoundaries, EventSplitter, parseEventJson, parseSseEvent } from './sse.ts';
import { saneUsage } from './usage.ts';

const EVENTS = [
  ': comment',
  'data: one',
  'event: two\ndata: a\ndata:b',
  'data: Grüße, 世界 🌍 ',
  'id: 7\nretry: 1\ndata',
  'data: {"a":1}',
];
const PARSED = [
  null,
  { event: '', data: 'one' },
  { event: 'two', data: 'a\nb' },
  { event: '', data: 'Grüße, 世界 🌍 ' },
  { event: '', data: '' },
  { event: '', data: '{"a":1}' },
];

describe.each([
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
])('events that end with %s', (_name, eol) => {
  const bytes = Buffer.from(
    `${EVENTS.map((event) => event.replaceAll('\n', eol)).join(eol + eol)}${eol}${eol}`,
  );

  it('are the same however their bytes are divided', () => {
    for (let at = 0; at <= bytes.length; at++) {
      const splitter = new EventSplitter(1_000);
      const events = [...splitter.push(bytes.subarray(0, at)), ...splitter.push(bytes.subarray(at))];
      expect(events.map(parseSseEvent).filter((event) => event !== null)).toEqual(
        PARSED.filter((event) => event !== null),
      );
      expect(Buffer.concat([...events, splitter.rest()]).equals(bytes)).toBe(true);
    }
  });

  it('are the same byte by byte', () => {
    const splitter = new EventSplitter(1_000);
    const events = [...bytes].flatMap((byte) => splitter.push(Buffer.from([byte])));
    expect(events.map(parseSseEvent).filter((event) => event !== null)).toEqual(
      PARSED.filter((event) => event !== null),
    );
  });
});

describe('an event', () => {
  it('that never ends is refused before it fills the memory', () => {
    const splitter = new EventSplitter(1_000);
    splitter.push(Buffer.alloc(900, 'x'));
    expect(() => splitter.push(Buffer.alloc(200, 'x'))).toThrowError(
      expect.objectContaining({ code: 'upstream_error' }),
    );
  });

  it('may begin with a byte order mark, and hold broken UTF-8', () => {
    expect(parseSseEvent(Buffer.from('\uFEFFdata: x\n\n'))).toEqual({ event: '', data: 'x' });
    expect(parseSseEvent(Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0x0a]))).toEqual({
      event: '',
      data: '\uFFFD',
    });
  });

  it.each(['{', '[]', '"x"', 'null', '', 'NaN'])('that says %j is no object', (data) => {
    expect(() => parseEventJson(data)).toThrowError(expect.objectContaining({ code: 'upstream_error' }));
  });

  it('ends where it ends even when line ends do not alternate', () => {
    const boundaries = new EventBoundaries();
    const chunk = Buffer.from('\n\ndata: a\r\n\ndata: b\n\r\nrest');
    const ends: number[] = [];
    for (let end = boundaries.next(chunk, 0); end !== -1; end = boundaries.next(chunk, end)) ends.push(end);
    expect(ends.at(-1)).toBe(chunk.length - 'rest'.length);
    expect(ends).toContain(chunk.indexOf('data: b'));
  });
});

describe('a parameter', () => {
  it.each([Infinity, -1, 1.5, '1', 2 ** 64, Number.NaN, [], {}, true])(
    'that counts is refused when it is %j, and named',
    (value) => {
      expect(() => readInteger({ n: value }, 'n', { min: 0, max: 128 }, 'config.n')).toThrowError(
        expect.objectContaining({
          code: 'invalid_request',
          issues: [{ field: 'config.n', reason: 'invalid' }],
        }),
      );
    },
  );

  it.each([Infinity, -Infinity, Number.NaN, '0.5', 2.01, -0.1])(
    'that measures is refused when it is %j',
    (value) => {
      expect(() => readNumber({ t: value }, 't', { min: 0, max: 2 })).toThrowError(
        expect.objectContaining({ issues: [{ field: 't', reason: 'invalid' }] }),
      );
    },
  );

  it('is absent when it is null', () => {
    expect(readInteger({ n: null }, 'n', { min: 1, max: 2 })).toBeNull();
    expect(readOneOf({}, 'mode', ['a', 'b'])).toBeNull();
    expect(readStop({ stop: null }, 'stop')).toEqual([]);
  });

  it('may be one stop sequence or a list, of texts only', () => {
    expect(readStop({ stop: 'a' }, 'stop')).toEqual(['a']);
    expect(readStop({ stop: ['a', 'b'] }, 'stop')).toEqual(['a', 'b']);
    expect(() => readStop({ stop: ['a', 1] }, 'stop')).toThrowError(
      expect.objectContaining({ issues: [{ field: 'stop.1', reason: 'invalid' }] }),
    );
    expect(() => readStop({ stop: Array(65).fill('x') }, 'stop')).toThrowError();
  });
});

describe('stated usage', () => {
  it('is believed when it can be true; zero is an answer, null is none', () => {
    expect(saneUsage({ input: 0, output: 0, cachedInput: 0 })).toEqual({
      inputTokens: 0,
      outputTokens: 0,
      cachedInputTokens: 0,
      cacheWriteTokens: null,
      reasoningTokens: null,
    });
    expect(saneUsage({ input: null, output: 0 })).toBeNull();
    expect(saneUsage({ input: 1e12, output: 0 })).toBeNull();
    expect(saneUsage({ input: '7', output: 0 })).toBeNull();
  });

  it('has no part that is larger than its whole', () => {
    expect(saneUsage({ input: 10, output: 5, cachedInput: 11, reasoning: 6 })).toMatchObject({
      cachedInputTokens: null,
      reasoningTokens: null,
    });
    expect(saneUsage({ input: 10, output: 5, cachedInput: 8, cacheWrite: 3 })).toMatchObject({
      cachedInputTokens: 8,
      cacheWriteTokens: null,
    });
  });
});

describe('the size of a request', () => {
  it('counts text in bytes and media only where media can be', () => {
    const kindOf = (name: string): StringKind =>
      name === 'url' ? 'image' : name === 'data' ? 'media' : 'text';
    const size = measureText(
      [{ text: 'ü', url: 'data:x', data: 'A'.repeat(80) }],
      [{ url: 'data:x' }],
      kindOf,
    );
    expect(size.images).toBe(1);
    expect(size.textBytes).toBe(4 + 'texturldata'.length + 2 + 10 + 'url'.length + 'data:x'.length);
  });

  it('is read of bodies of which only the model matters', () => {
    const facts = readModelOnly({ model: 'm', input: 'data:hello', n: 2 }, DEFAULT_LIMITS);
    expect(facts).toMatchObject({ model: 'm', choices: 2, images: 0, stream: false });
    expect(() => readModelOnly({ model: 'm', n: Infinity }, DEFAULT_LIMITS)).toThrowError(
      expect.objectContaining({ issues: [{ field: 'n', reason: 'invalid' }] }),
    );
    expect(() => readModelOnly({}, DEFAULT_LIMITS)).toThrowError();
  });
});

describe('a signature', () => {
  it('goes back to its maker alone, unchanged', () => {
    const signature = signedBy('anthropic', 'abc==');
    expect(signatureFor('anthropic', signature)).toBe('abc==');
    expect(signatureFor('responses', signature)).toBeNull();
    const shown = signatureToShow('chat', signature);
    expect(signedBy('chat', shown)).toBe(signature);
    expect(signatureToShow('anthropic', signature)).toBe('abc==');
  });
});
