/** One structured logger. Fields are ids, routes, status, ms, units and sizes; never bodies or secrets. */
import { pino, type Logger } from 'pino';
import type { Config } from './config.ts';

export type { Logger };

const REDACTED = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'key',
  '*.authorization',
  '*.cookie',
  '*.password',
  '*.secret',
  '*.token',
  '*.apiKey',
  'req.headers',
  'res.headers',
];

/** Logs JSON lines to stderr: stdout is for what the program tells its user. */
export function createLogger(config: Pick<Config, 'logLevel'>): Logger {
  return pino(
    {
      level: config.logLevel,
      base: undefined,
      redact: { paths: REDACTED, censor: '[redacted]' },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ fd: 2, sync: false }),
  );
}
