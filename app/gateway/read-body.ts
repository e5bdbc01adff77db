import { AppError } from '../lib/app-error.ts';
import type { Call } from './call.ts';

/**
 * The whole request body, for requests that must be understood before they are passed on.
 * @throws AppError `payload_too_large` beyond `maxBytes`, `request_timeout` when the caller stalls.
 */
export function readBody(call: Call, maxBytes: number): Promise<Buffer> {
  const { request } = call;
  return new Promise((resolve, reject) => {
    if (call.contentLength > maxBytes) {
      reject(tooLarge(maxBytes));
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    const giveUp = (): void => {
      finish();
      reject(new AppError('request_timeout', 'The request body did not arrive in time.'));
    };
    const { callerIdleMs, bodyTotalMs } = call.parts.limits;
    const timer = setTimeout(giveUp, callerIdleMs);
    // A byte now and then must not keep what was read so far in memory for ever.
    const deadline = setTimeout(giveUp, bodyTotalMs);
    const onData = (chunk: Buffer): void => {
      timer.refresh();
      size += chunk.length;
      if (size > maxBytes) {
        finish();
        reject(tooLarge(maxBytes));
      } else {
        chunks.push(chunk);
      }
    };
    const onEnd = (): void => {
      finish();
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size));
    };
    const onClose = (): void => {
      finish();
      reject(new AppError('request_timeout', 'The caller left before the request was complete.'));
    };
    function finish(): void {
      clearTimeout(timer);
      clearTimeout(deadline);
      request.off('data', onData);
      request.off('end', onEnd);
      request.off('close', onClose);
    }
    request.on('data', onData);
    request.on('end', onEnd);
    request.on('close', onClose);
  });
}

export function tooLarge(maxBytes: number): AppError {
  return new AppError('payload_too_large', `The request body is larger than ${maxBytes} bytes.`);
}
