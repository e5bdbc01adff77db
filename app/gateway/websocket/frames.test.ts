import { describe, expect, it } from 'vitest';
import { FrameFollower, closeFrame } from './frames.ts';

function frame(opcode: number, length: number, masked: boolean): Buffer {
  const mask = masked ? 0x80 : 0;
  const head =
    length < 126
      ? Buffer.from([0x80 | opcode, mask | length])
      : length < 65_536
        ? Buffer.from([0x80 | opcode, mask | 126, length >> 8, length & 0xff])
        : Buffer.concat([
            Buffer.from([0x80 | opcode, mask | 127, 0, 0, 0, 0]),
            Buffer.from([length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff]),
          ]);
  return Buffer.concat([head, masked ? Buffer.alloc(4, 7) : Buffer.alloc(0), Buffer.alloc(length, 0x88)]);
}

describe('FrameFollower', () => {
  const frames = [0, 1, 125, 126, 300, 65_535, 65_536].flatMap((length) => [
    frame(2, length, false),
    frame(1, length, true),
  ]);

  it.each([1, 2, 3, 7, 1_000, 1_000_000])(
    'knows where frames end when they come cut every %i bytes',
    (size) => {
      const follower = new FrameFollower();
      const ends = new Set<number>();
      let end = 0;
      for (const one of frames) ends.add((end += one.length));
      const stream = Buffer.concat(frames);
      let wrong = 0;
      for (let offset = 0; offset < stream.length; offset += size) {
        follower.push(stream.subarray(offset, offset + size));
        if (follower.atBoundary !== ends.has(Math.min(offset + size, stream.length))) wrong++;
      }
      expect(wrong).toBe(0);
      expect(follower.sawClose).toBe(false);
    },
  );

  it.each([true, false])('recognises the close frame that we make (masked: %s)', (masked) => {
    const follower = new FrameFollower();
    follower.push(closeFrame(1001, 'x'.repeat(200), masked));
    expect(follower).toMatchObject({ sawClose: true, atBoundary: true });
  });
});
