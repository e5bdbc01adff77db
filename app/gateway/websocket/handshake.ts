import type { EgressUpgrade } from '../../infra/egress/egress.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Call } from '../call.ts';
import { mayBeKey, offerKey } from '../headers.ts';
import type { Candidate } from '../routing/candidate.ts';

/** Browsers cannot set headers on a WebSocket: OpenAI's clients put the key among the subprotocols. */
const KEY_PROTOCOL = 'openai-insecure-api-key.';
const HANDSHAKE_KEY = /^[A-Za-z0-9+/]{22}==$/;

/** Stage: takes a key out of the subprotocols. */
export function readProtocolKey(call: Call): void {
  for (const protocol of protocolsOf(call)) {
    if (protocol.startsWith(KEY_PROTOCOL)) offerKey(call, protocol.slice(KEY_PROTOCOL.length));
  }
}

/** Stage: what is sent on is a handshake of RFC 6455. */
export function assertHandshake(call: Call): void {
  const { headers } = call.request;
  if (call.method !== 'GET' || !HANDSHAKE_KEY.test(headers['sec-websocket-key'] ?? '')) {
    throw new AppError('invalid_request', 'This is no WebSocket handshake (RFC 6455).');
  }
  if (headers['sec-websocket-version'] !== '13') {
    throw new AppError('upgrade_required', 'Only version 13 of the WebSocket protocol is spoken here.');
  }
}

/**
 * The handshake's own fields, as the upstream gets them: the caller's, without our key. Extensions are
 * about compression, and in what is compressed the seller's secret could not be seen and masked.
 */
export function handshakeHeaders(call: Call, { credential, service }: Candidate): string[] {
  const { headers } = call.request;
  const forwarded = ['sec-websocket-version', '13', 'sec-websocket-key', headers['sec-websocket-key']!];
  const extensions = headers['sec-websocket-extensions'];
  const isMasked = credential.secret!.openMask(service.proxySecret) !== null;
  if (extensions !== undefined && !isMasked) forwarded.push('sec-websocket-extensions', extensions);
  const protocols = protocolsOf(call).filter((protocol) => !isOurKey(call, protocol));
  if (protocols.length > 0) forwarded.push('sec-websocket-protocol', protocols.join(', '));
  return forwarded;
}

/** The head of our 101, as bytes: what the upstream agreed to, and what every answer carries. */
export function switchingHead(call: Call, { headers }: EgressUpgrade): string {
  const head = ['HTTP/1.1 101 Switching Protocols', 'connection: Upgrade', 'upgrade: websocket'];
  for (const name of ['sec-websocket-accept', 'sec-websocket-protocol', 'sec-websocket-extensions']) {
    const value = headers[name];
    if (typeof value === 'string') head.push(`${name}: ${value}`);
  }
  head.push(
    `x-request-id: ${call.id}`,
    `x-tollgate-service: ${call.service!.slug}`,
    `x-tollgate-attempts: ${call.attempts}`,
  );
  return `${head.join('\r\n')}\r\n\r\n`;
}

function protocolsOf(call: Call): string[] {
  const given = call.request.headers['sec-websocket-protocol'] ?? '';
  return given
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== '');
}

/** A key of somebody else's in this form is for the upstream, which has its own way to say so. */
function isOurKey(call: Call, protocol: string): boolean {
  if (!protocol.startsWith(KEY_PROTOCOL)) return false;
  const key = protocol.slice(KEY_PROTOCOL.length);
  return key === call.presentedKey || mayBeKey(call, key);
}
