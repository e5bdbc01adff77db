/**
 * Answers that come compressed although they were asked for plain (decision 15). They are read as they
 * come, slowed down by whoever reads them, so that what is in them can be searched for a secret.
 */
import type { Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import type { Dispatcher } from 'undici';
import { AppError } from '../lib/app-error.ts';
import type { AnswerHeaders } from './response-headers.ts';

/** Who gets what was compressed. */
export interface Reader {
  decoded(chunk: Buffer): void;
  decodedAll(): void;
  cannotDecode(error: AppError): void;
}

const ZLIB = { flush: constants.Z_SYNC_FLUSH };
const OPEN: Readonly<Record<string, (first: number) => Transform>> = {
  gzip: () => createGunzip(ZLIB),
  'x-gzip': () => createGunzip(ZLIB),
  // Half of the servers leave the head of zlib's format out; its method stands in four bits of it.
  deflate: (first) => ((first & 0x0f) === 8 ? createInflate(ZLIB) : createInflateRaw(ZLIB)),
  br: () => createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => createZstdDecompress({ flush: constants.ZSTD_e_flush }),
};

/** Beyond this an answer may be so many times as long as what came of it: bombs are a thousand times. */
const FREE_BYTES = 8 * 1024 * 1024;
const MAX_RATIO = 100;

/** Of a representation that nobody gets now. */
const OF_THE_BYTES = [
  ...['content-encoding', 'content-length', 'content-md5', 'content-digest', 'digest', 'repr-digest'],
  'accept-ranges',
];

/**
 * Makes the head one of the plain answer, in place.
 * @returns what the body is compressed with; null: with nothing.
 * @throws AppError `upstream_error` for what cannot be read.
 */
export function takeCoding(headers: AnswerHeaders): string | null {
  const codings = String(headers['content-encoding'])
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length === 0) return null;
  const [coding] = codings;
  if (codings.length > 1 || !Object.hasOwn(OPEN, coding!)) throw unreadable();
  for (const name of OF_THE_BYTES) delete headers[name];
  const { etag } = headers;
  if (typeof etag === 'string' && etag.startsWith('"')) headers['etag'] = `W/${etag}`;
  return coding!;
}

function unreadable(cause?: Error): AppError {
  const message = 'The service compresses its answer in a way that cannot be read here.';
  return new AppError('upstream_error', message, { cause });
}

export class Decoder {
  readonly #coding: string;
  readonly #reader: Reader;
  readonly #controller: Dispatcher.DispatchController;
  #stream: Transform | null = null;
  /** Of both sides. */
  #cameBytes = 0;
  #madeBytes = 0;
  #isPaused = false;
  #isFull = false;

  /** @param coding of `takeCoding`. */
  constructor(coding: string, reader: Reader, controller: Dispatcher.DispatchController) {
    this.#coding = coding;
    this.#reader = reader;
    this.#controller = controller;
  }

  write(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#cameBytes += chunk.length;
    this.#stream ??= this.#open(chunk[0]!);
    // A copy: the chunk belongs to the HTTP client, and waits here.
    if (this.#stream.write(Buffer.from(chunk))) return;
    this.#isFull = true;
    this.#controller.pause();
  }

  /** The upstream has ended; `decodedAll` follows. */
  end(): void {
    if (this.#stream === null) this.#reader.decodedAll();
    else this.#stream.end();
  }

  pause(): void {
    this.#isPaused = true;
    this.#stream?.pause();
    this.#controller.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#stream?.resume();
    if (!this.#isFull) this.#controller.resume();
  }

  close(): void {
    this.#stream?.destroy();
  }

  #open(first: number): Transform {
    const stream = OPEN[this.#coding]!(first);
    stream.on('data', (chunk: Buffer) => this.#made(chunk));
    stream.on('end', () => this.#reader.decodedAll());
    stream.on('error', (error) => this.#reader.cannotDecode(unreadable(error)));
    stream.on('drain', () => {
      this.#isFull = false;
      if (!this.#isPaused) this.#controller.resume();
    });
    return stream;
  }

  #made(chunk: Buffer): void {
    this.#madeBytes += chunk.length;
    if (this.#madeBytes <= Math.max(FREE_BYTES, this.#cameBytes * MAX_RATIO)) this.#reader.decoded(chunk);
    else this.#reader.cannotDecode(unreadable());
  }
}
