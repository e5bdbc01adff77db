/** Tells PostgreSQL's errors apart by SQLSTATE, through the wrappers that Drizzle puts around them. */

interface PostgresError {
  code: string;
  constraint_name?: string;
}

function causes(error: unknown): PostgresError[] {
  const found: PostgresError[] = [];
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth++
  ) {
    if ('code' in current && typeof current.code === 'string')
      found.push(current as unknown as PostgresError);
  }
  return found;
}

/** True when a row with these values exists already (SQLSTATE 23505); `constraint` narrows it to one index. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return causes(error).some(
    (cause) => cause.code === '23505' && (constraint === undefined || cause.constraint_name === constraint),
  );
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNABORTED',
  'EAI_AGAIN',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  // admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections, query_canceled by statement_timeout.
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '57014',
]);

/** True when the database did not answer: the request may work later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  return causes(error).some((cause) => UNREACHABLE.has(cause.code));
}

const NOT_CONNECTED = new Set(['ECONNREFUSED', 'CONNECT_TIMEOUT', '57P03', '53300']);

/** True when no connection was to be had, so that nothing was asked: another one may do it. */
export function isNotConnected(error: unknown): boolean {
  return causes(error).some(({ code }) => NOT_CONNECTED.has(code));
}

/** True when a lock was not to be had in time (SQLSTATE 55P03). */
export function isLockTimeout(error: unknown): boolean {
  return causes(error).some(({ code }) => code === '55P03');
}

/** True for text that PostgreSQL cannot store: a NUL character (SQLSTATE 22021), also inside JSON (22P05). */
export function isUnstorableText(error: unknown): boolean {
  return causes(error).some((cause) => cause.code === '22021' || cause.code === '22P05');
}
