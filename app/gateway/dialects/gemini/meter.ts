/** Follows a stream of `GenerateContentResponse` that is passed on unchanged. */
import type { StreamMeter } from '../dialect.ts';
import type { TokenUsage } from '../neutral.ts';
import { isAbsent, isObject } from '../kit/params.ts';
import { parseSseEvent } from '../kit/sse.ts';
import { answerTextBytes } from './answer.ts';
import { isFinished } from './finish-reason.ts';
import { readUsage } from './usage.ts';

export class ContentMeter implements StreamMeter {
  usage: TokenUsage | null = null;
  textBytes = 0;
  servedModel: string | null = null;
  finished = false;
  failed = false;

  /** Every chunk states the usage so far, so every chunk is parsed. */
  see(event: Buffer): 'pass' | 'terminal' {
    let chunk: unknown;
    try {
      chunk = JSON.parse(parseSseEvent(event)?.data ?? '');
    } catch {
      return 'pass';
    }
    if (!isObject(chunk)) return 'pass';
    if (!isAbsent(chunk['error'])) this.failed = true;
    this.textBytes += answerTextBytes(chunk);
    this.usage = readUsage(chunk) ?? this.usage;
    if (typeof chunk['modelVersion'] === 'string') this.servedModel ??= chunk['modelVersion'];
    if (!isFinished(chunk)) return 'pass';
    this.finished = true;
    return 'terminal';
  }
}
