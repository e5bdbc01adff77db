import type { Dispatcher } from 'undici';
import type { Egress, EgressPool } from '../../app/infra/egress/egress.ts';

export interface DispatchedAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** One call through `egress.dispatch`, as a promise; rejects with what `onResponseError` is given. */
export function dispatchOnce(
  egress: Egress,
  pool: EgressPool,
  options: Partial<Omit<Dispatcher.DispatchOptions, 'origin'>> = {},
): Promise<DispatchedAnswer> {
  return new Promise((resolve, reject) => {
    const answer: DispatchedAnswer = { status: 0, headers: {}, body: '' };
    egress.dispatch(
      pool,
      { path: '/', method: 'GET', ...options },
      {
        onRequestStart: () => undefined,
        onResponseStart(_controller, status, headers) {
          answer.status = status;
          answer.headers = headers;
        },
        onResponseData: (_controller, chunk) => void (answer.body += chunk.toString()),
        onResponseEnd: () => resolve(answer),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}
