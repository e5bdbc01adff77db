import type { Dispatcher } from 'undici';
import type { EgressUpgrade, EgressUpgradeRequest } from './egress.ts';

/** Sends a WebSocket handshake over a connection of the pool; one that is upgraded leaves the pool. */
export function sendUpgrade(dispatcher: Dispatcher, request: EgressUpgradeRequest): Promise<EgressUpgrade> {
  const { signal } = request;
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | null = null;
    const onAbort = (): void => controller?.abort(gone());
    signal.addEventListener('abort', onAbort);
    const over = (): void => signal.removeEventListener('abort', onAbort);
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(given) {
        controller = given;
        if (signal.aborted) given.abort(gone());
      },
      onRequestUpgrade(_controller, status, headers, socket) {
        over();
        if (signal.aborted) {
          socket.destroy();
          reject(gone());
        } else {
          resolve({ status, headers, socket });
        }
      },
      onResponseStart(given, status, headers) {
        if (status < 200) return;
        over();
        resolve({ status, headers, socket: null });
        given.abort(new Error('the body of a refused handshake is not read'));
      },
      onResponseData: () => undefined,
      onResponseEnd: () => undefined,
      onResponseError(_controller, error) {
        over();
        reject(error);
      },
    };
    dispatcher.dispatch(
      {
        path: request.path,
        method: 'GET',
        headers: request.headers,
        upgrade: 'websocket',
        headersTimeout: request.headersTimeoutMs,
      },
      handler,
    );
  });
}

function gone(): Error {
  return Object.assign(new Error('the caller has left'), { code: 'ABORT_ERR' });
}
