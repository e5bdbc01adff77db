import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import { dialectOf } from '../dialects/index.ts';
import { MeteredEvents } from './metered-events.ts';

const delta = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ delta: { content }, finish_reason: null }] })}`;
const finish = `data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: 'stop' }] })}`;
const usage = (input: unknown, output: unknown): string =>
  `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: input, completion_tokens: output } })}`;
const DONE = 'data: [DONE]';
const TEXT = 'Grüße, 世界 🌍 "quoted"\n';
const events = [': comment', delta('Hello'), delta(TEXT), finish, usage(12, 34), DONE];

function open({ hideUsage = false, holdTerminal = false, maxKeptBytes = 32_768 } = {}): MeteredEvents {
  return new MeteredEvents({
    meter: dialectOf('openai-chat').openMeter({ hideUsage }),
    hideUsage,
    holdTerminal,
    maxKeptBytes,
    renderError: (error) => `data: {"error":"${error.code}"}\n\n`,
  });
}

/** Feeds `bytes` in two chunks, cut at `at`. */
function feed(bytes: Buffer, at: number, options: Parameters<typeof open>[0] = {}) {
  const body = open(options);
  const streamed = Buffer.concat([body.push(bytes.subarray(0, at)), body.push(bytes.subarray(at))]);
  return { body, streamed, end: body.end() };
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
      const { body, streamed, end } = feed(bytes, at);
      expect(Buffer.concat([streamed, end.last]).equals(bytes)).toBe(true);
      expect(body.usage).toMatchObject({ inputTokens: 12, outputTokens: 34 });
      expect([end.state, body.atBoundary]).toEqual(['complete', true]);
    }
  });

  it('loses the usage chunk that nobody ordered, and nothing else', () => {
    const expected = dataLines(bytes).filter((line) => !line.includes('"usage"'));
    for (const at of cuts) {
      const { body, streamed, end } = feed(bytes, at, { hideUsage: true });
      expect(dataLines(Buffer.concat([streamed, end.last]))).toEqual(expected);
      expect(body.usage).toMatchObject({ inputTokens: 12, outputTokens: 34 });
    }
  });

  it('keeps the terminal event back until the end', () => {
    for (const at of cuts) {
      const { streamed, end } = feed(bytes, at, { hideUsage: true, holdTerminal: true });
      expect(streamed.includes('[DONE]')).toBe(false);
      expect(dataLines(end.last)).toEqual([DONE]);
    }
  });

  it('counts the delivered text, in bytes', () => {
    for (const at of cuts) {
      const { body } = feed(bytes, at, { hideUsage: true, holdTerminal: true });
      expect(body.textBytes).toBe(Buffer.byteLength('Hello') + Buffer.byteLength(TEXT));
    }
  });
});

describe('a chunk that holds whole events', () => {
  it('is handed on as the very same bytes, without a copy', () => {
    const chunk = Buffer.from(`${delta('a')}\n\n${delta('b')}\n\n`);
    expect(open({ hideUsage: true, holdTerminal: true }).push(chunk)).toBe(chunk);
  });
});

describe('an event that is too long to be kept', () => {
  it('passes while it is still growing, and what follows is metered again', () => {
    const body = open({ hideUsage: true, holdTerminal: true });
    const long = Buffer.from(`data: ${'x'.repeat(200_000)}`);
    let passed = 0;
    for (let at = 0; at < long.length; at += 10_000)
      passed += body.push(long.subarray(at, at + 10_000)).length;
    expect(passed).toBeGreaterThan(150_000);
    expect(body.atBoundary).toBe(false);
    expect(body.breakOff(new AppError('upstream_error', 'x')).toString()).toMatch(/^\n\ndata: /);
    const rest = Buffer.concat([body.push(Buffer.from(`\n\n${usage(1, 2)}\n\n`)), body.end().last]);
    expect(passed + rest.length).toBe(long.length + 2);
    expect(body.usage).toMatchObject({ inputTokens: 1, outputTokens: 2 });
    expect(body.atBoundary).toBe(true);
  });
});

describe('the end', () => {
  it('without a mark is no end', () => {
    expect(feed(Buffer.from(`${delta('a')}\n\n`), 3).end.state).toBe('truncated');
  });

  it('after an error of the upstream’s is a failure', () => {
    expect(feed(Buffer.from('data: {"error":{"message":"overloaded"}}\n\n'), 3).end.state).toBe('failed');
  });
});
