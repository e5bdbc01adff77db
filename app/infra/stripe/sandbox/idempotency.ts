/** Idempotency keys: https://docs.stripe.com/api/idempotent_requests */
import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Db } from '../../../../db/client.ts';
import { SandboxError } from './sandbox-error.ts';
import type { SandboxState } from './state.ts';

export interface Answer {
  status: number;
  body: object;
  /** It was given before. */
  isReplayed?: boolean;
}

interface KeyedRequest {
  key: string;
  path: string;
  body: string;
}

type Row = { path: string; body_hash: string; status_code: number; response: object };

const PATIENCE_MS = 500;
const PAUSE_MS = 25;

/** A moment's patience, so that a slow machine is not mistaken for a long request. */
async function takeKey(state: SandboxState, key: string): Promise<boolean> {
  for (let waited = 0; waited <= PATIENCE_MS; waited += PAUSE_MS) {
    if (await state.tryLock(`key:${key}`)) return true;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return false;
}

/**
 * The first answer, good or bad, is kept for a day and given again; other parameters under the same key are
 * refused; a second request at the same time is told so.
 */
export async function answerOnce(
  state: SandboxState,
  db: Db,
  { key, path, body }: KeyedRequest,
  run: () => Promise<Answer>,
): Promise<Answer> {
  if (!(await takeKey(state, key))) {
    throw new SandboxError(409, {
      type: 'idempotency_error',
      code: 'idempotency_key_in_use',
      message: `There is currently another in-progress request using this Idempotency Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
    });
  }
  const hash = createHash('sha256').update(body).digest('hex');
  const [earlier] = await db.execute<Row>(
    sql`select path, body_hash, status_code, response from stripe_sandbox_requests
        where idempotency_key = ${key} and created_at > now() - interval '24 hours'`,
  );
  if (earlier) {
    if (earlier.path !== path || earlier.body_hash !== hash) {
      throw new SandboxError(400, {
        type: 'idempotency_error',
        message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
      });
    }
    return { status: earlier.status_code, body: earlier.response, isReplayed: true };
  }
  const answer = await run();
  await db.execute(sql`
    insert into stripe_sandbox_requests (idempotency_key, path, body_hash, status_code, response)
    values (${key}, ${path}, ${hash}, ${answer.status}, ${JSON.stringify(answer.body)}::jsonb)
    on conflict (idempotency_key) do update set path = excluded.path, body_hash = excluded.body_hash,
      status_code = excluded.status_code, response = excluded.response, created_at = now()`);
  return answer;
}
