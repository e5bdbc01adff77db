import { AppError } from '../../lib/app-error.ts';
import { admit } from '../authorize.ts';
import type { Call } from '../call.ts';
import { allowsModel } from '../key-scope.ts';
import { findModel, listReachableServices } from '../models.ts';
import { withoutParameter } from '../target-url.ts';

const REALTIME_PATH = '/v1/realtime';
const REALTIME = /^(?:\/v\d+)?\/realtime$/;

/** Stage: behind the model door, `?model=` names the service. */
export function findRealtimeService(call: Call): void | Promise<void> {
  if (call.door !== 'model') return;
  if (call.restPath !== REALTIME_PATH) {
    throw new AppError('upgrade_required', 'There is no WebSocket here; use plain HTTP/1.1.');
  }
  const name = new URLSearchParams(call.query).get('model');
  if (!name) {
    throw new AppError('invalid_request', 'Name the model: /v1/realtime?model=…', {
      issues: [{ field: 'model', reason: 'required' }],
    });
  }
  return bindModel(call, name);
}

async function bindModel(call: Call, name: string): Promise<void> {
  const found = findModel(await listReachableServices(call), name);
  if (found === null || !allowsModel(call.principal!, found.service, found.model)) {
    throw new AppError('model_not_found', `There is no model "${name}" for this key.`);
  }
  admit(call, call.principal!, found.service);
  call.realtimeModel = found.model;
  const rest = withoutParameter(call.query, 'model');
  call.query = `model=${encodeURIComponent(found.model)}${rest === '' ? '' : `&${rest}`}`;
}

/** Stage: the service has tunnels, and they have a price. */
export function assertTunnelAllowed(call: Call): void {
  const { service, price, principal, door } = call;
  if (!service!.websockets) {
    throw new AppError('upgrade_required', 'This service takes no WebSockets; use plain HTTP/1.1.');
  }
  if (service!.kind === 'llm' && !service!.passOtherPaths) assertOwnTunnel(call);
  // What is said in a tunnel is not read, so it can name any model, and nobody counts its tokens.
  if (service!.kind === 'llm' && door !== 'model' && principal!.allowedModels.length > 0) {
    throw new AppError('key_not_allowed', 'This key is for certain models; connect to /v1/realtime?model=….');
  }
  if (price!.price.pricesTokens) {
    throw new AppError('price_missing', 'A plan per token has no price for connections.');
  }
}

/** Buyers share the seller's account: a tunnel begins a session of its own, and joins nobody's. */
function assertOwnTunnel({ restPath, query }: Call): void {
  if (REALTIME.test(restPath) && !new URLSearchParams(query).has('call_id')) return;
  throw new AppError(
    'not_found',
    'This service takes WebSockets for its models at /v1/realtime?model=…, and nowhere else.',
  );
}
