import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import { EventBoundaries } from '../dialects/kit/sse.ts';
import { EventsBody } from './events.ts';

const ERROR = 'event: error\ndata: {}\n\n';
const open = (): EventsBody => new EventsBody(() => ERROR);
const broken = new AppError('upstream_error', 'broke off');

describe.each(['\n', '\r\n', '\r'])('events with %j between their lines, cut at every byte', (eol) => {
  const bytes = Buffer.from([': hello', 'id: 1', 'data: 世界', '', 'data: two', '', ''].join(eol));

  it('arrive as the bytes they are', () => {
    for (let at = 0; at <= bytes.length; at++) {
      const body = open();
      const passed = [body.push(bytes.subarray(0, at)), body.push(bytes.subarray(at))];
      expect(Buffer.concat([...passed, body.end().last]).equals(bytes)).toBe(true);
    }
  });

  it('and then nothing more are whole, with one error behind them', () => {
    for (let at = 0; at < bytes.length; at++) {
      const body = open();
      const text = Buffer.concat([body.push(bytes.subarray(0, at)), body.breakOff(broken)]).toString();
      expect(text.endsWith(ERROR)).toBe(true);
      const before = text.slice(0, -ERROR.length);
      const boundaries = new EventBoundaries();
      for (let end = 0; end !== -1;) end = boundaries.next(Buffer.from(before), end);
      expect(boundaries.between).toBe(true);
      expect(bytes.toString().startsWith(before)).toBe(true);
    }
  });
});

describe('a chunk of whole events', () => {
  it('is handed on as the very same bytes, without a copy', () => {
    const chunk = Buffer.from('data: a\n\ndata: b\n\n');
    expect(open().push(chunk)).toBe(chunk);
  });
});

describe('an event that is too long to be kept', () => {
  it('passes while it grows, and is ended before the error', () => {
    const body = open();
    const passed = [body.push(Buffer.from('data: a\n\ndata: '))];
    for (let i = 0; i < 20; i++) passed.push(body.push(Buffer.alloc(10_000, 'x')));
    expect(Buffer.concat(passed).length).toBe('data: a\n\ndata: '.length + 200_000);
    expect(body.atBoundary).toBe(false);
    expect(body.breakOff(broken).toString()).toBe(`\n\n${ERROR}`);
    body.push(Buffer.from('\n\n'));
    expect(body.atBoundary).toBe(true);
    expect(body.push(Buffer.from('data: b')).length).toBe(0);
  });
});
