import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AppError, ErrorCode } from '../../lib/app-error.ts';
import { authenticate } from '../authenticate.ts';
import { authorize } from '../authorize.ts';
import { Call, type Stage } from '../call.ts';
import { findDoor } from '../doors.ts';
import { abandon, refuse } from '../end-call.ts';
import { toAppError } from '../errors.ts';
import { assertNoLoop } from '../forward.ts';
import { hold } from '../hold.ts';
import { limit, limitAddress } from '../limit.ts';
import { matchService } from '../match-service.ts';
import { route } from '../route.ts';
import { assertTunnelAllowed, findRealtimeService } from './admit-tunnel.ts';
import { assertHandshake, readProtocolKey } from './handshake.ts';
import { openTunnel } from './open-tunnel.ts';

/** Whether a caller may have a tunnel: asked when it comes, and for as long as it is open. */
const ADMISSION: readonly Stage[] = [
  matchService,
  readProtocolKey,
  assertNoLoop,
  authenticate,
  authorize,
  findRealtimeService,
  assertTunnelAllowed,
  assertHandshake,
];
const STAGES: readonly Stage[] = [limitAddress, ...ADMISSION, limit, hold, route];

/** Refusals that say nothing about the caller's rights. */
const NO_VERDICT: ReadonlySet<ErrorCode> = new Set(['storage_unavailable', 'internal']);

/** True for the WebSocket handshakes that are ours to answer. */
export function takesUpgrade(request: IncomingMessage): boolean {
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') return false;
  const door = findDoor(request.url ?? '');
  return door !== null && door !== 'absolute';
}

/** Takes a WebSocket through its stages; a tunnel stands at their end, or an HTTP answer says why not. */
export async function handleUpgrade(call: Call, caller: Duplex): Promise<void> {
  try {
    for (const stage of STAGES) {
      await stage(call);
      if (call.closed) return abandon(call);
    }
    await openTunnel(call, caller);
  } catch (error) {
    refuse(call, error);
  }
}

/** Sends the open tunnel's handshake through the stages of admission once more. */
export async function recheckTunnel(open: Call): Promise<AppError | null> {
  const call = new Call(open.parts, open.request, open.response, open.id, open.address);
  call.door = open.door;
  call.websocket = true;
  try {
    for (const stage of ADMISSION) await stage(call);
    return null;
  } catch (thrown) {
    const error = toAppError(call, thrown);
    return NO_VERDICT.has(error.code) ? null : error;
  }
}
