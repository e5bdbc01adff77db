import { describe, expect, it } from 'vitest';
import { EventBoundaries, UsageScanner } from './usage-scanner.ts';

const delta = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ delta: { content }, finish_reason: null }] })}`;
const finish = `data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: 'stop' }] })}`;
const usage = (input: unknown, output: unknown): string =>
  `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: input, completion_tokens: output } })}`;
const DONE = 'data: [DONE]';

const TEXT = 'Grüße, 世界 🌍 "quoted"\n';
const events = [': comment', delta('Hello'), delta(TEXT), finish, usage(12, 34), DONE];

/** Feeds `bytes` in two chunks, cut at `at`. */
function scan(bytes: Buffer, at: number, options: { hideUsage: boolean; holdDone: boolean }) {
  const scanner = new UsageScanner(options);
  const streamed = Buffer.concat([scanner.push(bytes.subarray(0, at)), scanner.push(bytes.subarray(at))]);
  return { scanner, streamed, rest: scanner.finish() };
}

const dataLines = (bytes: Buffer): string[] =>
  bytes
    .toString('utf8')
    .split(/\r\n|\r|\n/)
    .filter((line) => line.startsWith('data:'));

describe.each([
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
])('a stream with %s, split at every byte', (_name, eol) => {
  const bytes = Buffer.from(events.map((event) => event + eol + eol).join(''));
  const cuts = Array.from({ length: bytes.length + 1 }, (_, at) => at);

  it('passes unchanged, and its usage is read', () => {
    for (const at of cuts) {
      const { scanner, streamed, rest } = scan(bytes, at, { hideUsage: false, holdDone: false });
      expect(Buffer.concat([streamed, rest]).equals(bytes)).toBe(true);
      expect(scanner.usage).toEqual({ inputTokens: 12, outputTokens: 34 });
      expect(scanner).toMatchObject({ sawDone: true, sawFinish: true, sawError: false, atBoundary: true });
    }
  });

  it('loses the usage chunk that nobody ordered, and nothing else', () => {
    const expected = dataLines(bytes).filter((line) => !line.includes('"usage"'));
    for (const at of cuts) {
      const { scanner, streamed, rest } = scan(bytes, at, { hideUsage: true, holdDone: false });
      expect(dataLines(Buffer.concat([streamed, rest]))).toEqual(expected);
      expect(scanner.usage).toEqual({ inputTokens: 12, outputTokens: 34 });
    }
  });

  it('keeps [DONE] back until the end', () => {
    for (const at of cuts) {
      const { streamed, rest } = scan(bytes, at, { hideUsage: true, holdDone: true });
      expect(streamed.includes('[DONE]')).toBe(false);
      expect(dataLines(rest)).toEqual([DONE]);
    }
  });

  it('counts the delivered text, in bytes', () => {
    for (const at of cuts) {
      const { scanner } = scan(bytes, at, { hideUsage: true, holdDone: true });
      expect(scanner.textBytes).toBe(Buffer.byteLength('Hello') + Buffer.byteLength(TEXT));
    }
  });
});

describe('a chunk that holds whole events', () => {
  it('is handed on as the very same bytes, without a copy', () => {
    const chunk = Buffer.from(`${delta('a')}\n\n${delta('b')}\n\n`);
    expect(new UsageScanner({ hideUsage: true, holdDone: true }).push(chunk)).toBe(chunk);
  });
});

describe('usage that cannot be true', () => {
  it.each([
    ['negative', -1, 5],
    ['absurd', 5, 1e12],
    ['fractional', 1.5, 2],
    ['text', '7', 5],
    ['missing', undefined, 5],
    ['null', null, null],
  ])('is not believed: %s', (_name, input, output) => {
    const { scanner } = scan(Buffer.from(`${usage(input, output)}\n\n`), 0, {
      hideUsage: true,
      holdDone: false,
    });
    expect(scanner.usage).toBeNull();
  });

  it('is told from none: zero is an answer', () => {
    const { scanner } = scan(Buffer.from(`${usage(0, 0)}\n\n`), 0, { hideUsage: true, holdDone: false });
    expect(scanner.usage).toEqual({ inputTokens: 0, outputTokens: 0 });
  });
});

describe('odd streams', () => {
  it('pass an event that is too long to be kept while it is still growing', () => {
    const scanner = new UsageScanner({ hideUsage: true, holdDone: true });
    const long = Buffer.from(`data: ${'x'.repeat(200_000)}`);
    let passed = 0;
    for (let at = 0; at < long.length; at += 10_000)
      passed += scanner.push(long.subarray(at, at + 10_000)).length;
    expect(passed).toBeGreaterThan(150_000);
    expect(scanner.atBoundary).toBe(false);
    const end = Buffer.concat([scanner.push(Buffer.from(`\n\n${usage(1, 2)}\n\n`)), scanner.finish()]);
    expect(passed + end.length).toBe(long.length + 2);
    expect(scanner.usage).toEqual({ inputTokens: 1, outputTokens: 2 });
    expect(scanner.atBoundary).toBe(true);
  });

  it('report an error inside the stream', () => {
    const { scanner } = scan(Buffer.from('data: {"error":{"message":"overloaded"}}\n\n'), 3, {
      hideUsage: true,
      holdDone: false,
    });
    expect(scanner.sawError).toBe(true);
  });

  it('know where events end even when lines do not alternate', () => {
    const boundaries = new EventBoundaries();
    const chunk = Buffer.from('\n\ndata: a\r\n\ndata: b\n\r\nrest');
    const ends: number[] = [];
    for (let end = boundaries.next(chunk, 0); end !== -1; end = boundaries.next(chunk, end)) ends.push(end);
    expect(ends.at(-1)).toBe(chunk.length - 'rest'.length);
    expect(ends).toContain(chunk.indexOf('data: b'));
  });
});
