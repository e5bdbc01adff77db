import { createHash } from 'node:crypto';
import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Duplex, Writable } from 'node:stream';
import type { Database } from '../../db/client.ts';
import type { Dependencies } from '../domain/context.ts';
import {
  enqueueRefusalReport,
  enqueueRollUp,
  renewAllowances,
  type HoldRequest,
  type UsageEventInput,
} from '../domain/metering/index.ts';
import { enqueueOauthRefresh } from '../domain/oauth/index.ts';
import { AppError } from '../lib/app-error.ts';
import { createIdGenerator, newId } from '../lib/ids.ts';
import { spoolFolder } from '../lib/usage-spool.ts';
import { Allowances } from './allowances.ts';
import { BufferBudget } from './buffer-budget.ts';
import { Call } from './call.ts';
import { Checkpoints } from './checkpoints.ts';
import { clientAddress } from './client-address.ts';
import { answerPreflight } from './cors.ts';
import { withDeadline } from './deadline.ts';
import { findDoor, type Door } from './doors.ts';
import { EgressRoutes } from './egress-routes.ts';
import { EndOfTurn } from './end-of-turn.ts';
import { EndpointPaths } from './endpoint-paths.ts';
import { EnvironmentKeys } from './environment-keys.ts';
import { sendError } from './errors.ts';
import { handleRequest } from './handle-request.ts';
import { HeaderRules } from './headers.ts';
import { runAllowed, runHolds } from './hold-batches.ts';
import { Flights } from './coalesce.ts';
import { ConcurrencySlots } from './concurrency.ts';
import { KeyEntries } from './key-entries.ts';
import { AddressLimits } from './limit.ts';
import { DEFAULT_LIMITS, type GatewayLimits } from './limits.ts';
import type { GatewayParts } from './parts.ts';
import { CredentialMarker } from './pool/credential-marker.ts';
import { PoolStates } from './pool/pool-states.ts';
import { createRefusalCounter } from './refusals.ts';
import { CallerCaching } from './response-headers.ts';
import { createRollUpRequests } from './roll-up-requests.ts';
import { createSettler, isAway } from './settle-batches.ts';
import { createSettleJournal } from './settle-journal.ts';
import { createSnapshot } from './snapshot.ts';
import { createSpool } from './spool.ts';
import { handleUpgrade as openWebSocket, recheckTunnel, takesUpgrade } from './websocket/handle-upgrade.ts';
import { createTeller, type Teller } from './teller.ts';
import { Underway } from './underway.ts';
import { Tunnels } from './websocket/tunnels.ts';

export interface GatewayDependencies extends Pick<
  Dependencies,
  'config' | 'logger' | 'clock' | 'db' | 'keyring' | 'egress' | 'store' | 'publicUrl'
> {
  database: Pick<Database, 'sql' | 'openLane'>;
  /** Overrides of `DEFAULT_LIMITS` and of the configuration's. */
  limits?: Partial<GatewayLimits>;
}

export interface Gateway {
  /** True when the path belongs to one of the gateway's doors; then the call is taken care of. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /** True for a WebSocket handshake at one of the doors; everything else stays HTTP. */
  takesUpgrade(request: IncomingMessage): boolean;
  /** Takes a connection that the server has given up for a WebSocket, when it is the gateway's. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Listens for changes and replays usage that a former process left behind. */
  start(): Promise<void>;
  /** Refuses new calls, lets running ones finish (30 s), writes what is to be written. */
  drain(): Promise<void>;
  close(): Promise<void>;
  /** Resolves when no call that was answered so far waits to be settled, and nothing is set aside for calls to come. */
  settled(): Promise<void>;
  readonly activeCalls: number;
}

/** The data plane. Mount it before everything that buffers, parses or compresses. */
export function createGateway(deps: GatewayDependencies): Gateway {
  const { config, clock, logger, database, db } = deps;
  const { sql } = database;
  const limits: GatewayLimits = { ...DEFAULT_LIMITS, ...config.gatewayLimits, ...deps.limits };
  const metering = { sql };
  const rollUps = createRollUpRequests({ enqueue: () => enqueueRollUp({ db }), logger });
  const settler = createSettler({
    metering,
    spool: createSpool(spoolFolder(config.dataDir), logger),
    logger,
    deadlineMs: limits.settleDeadlineMs,
    onSettled: rollUps.request,
  });
  const journal = createSettleJournal({
    metering,
    lanes: { write: database.openLane(), apply: database.openLane() },
    settler,
    logger,
    deadlineMs: limits.settleDeadlineMs,
    onSettled: rollUps.request,
  });
  const holdOptions = {
    metering,
    logger,
    deadlineMs: limits.storageDeadlineMs,
    releaseLate: (request: HoldRequest): void =>
      void teller.settle(lateRelease(request), request.counted != null),
    settleFor: (organizationIds: string[]) => journal.settleFor(organizationIds),
  };
  const allowance = { id: newId('allowance'), lane: database.openLane() };
  const allowances = new Allowances({
    renew: (wanted) =>
      withDeadline(renewAllowances(metering, allowance.id, wanted), limits.storageDeadlineMs),
    report: (error) => {
      if (!isAway(error)) logger.warn({ err: error }, 'allowances were not renewed');
    },
  });
  const teller: Teller = createTeller({
    runHolds: (waiting) => runHolds(waiting, holdOptions),
    runAllowed: (waiting) => runAllowed(waiting, allowance, holdOptions),
    allowances,
    settler,
    journal,
  });
  const pools = new PoolStates(limits);
  const parts: GatewayParts = {
    config,
    clock,
    logger,
    limits,
    db,
    keyring: deps.keyring,
    egress: deps.egress,
    store: deps.store,
    publicUrl: deps.publicUrl,
    pseudonym: pseudonymOf(deps.publicUrl),
    newId: createIdGenerator(() => clock.now()),
    pools,
    marker: new CredentialMarker({
      metering,
      logger,
      reportDisabled: (id) => enqueueRefusalReport({ db }, id),
      refreshToken: (id) => enqueueOauthRefresh({ db }, id),
    }),
    snapshot: createSnapshot({
      pools,
      sql,
      clock,
      keyring: deps.keyring,
      logger,
      deadlineMs: limits.storageDeadlineMs,
    }),
    endpointPaths: new EndpointPaths(sql, logger),
    keyEntries: new KeyEntries(config.secrets.keyPepper),
    environmentKeys: new EnvironmentKeys(config.globalProxyKeys, config.secrets.keyPepper),
    headerRules: new HeaderRules(),
    callerCaching: new CallerCaching(),
    addressLimits: new AddressLimits(limits.ipRequestsPerMinute),
    flights: new Flights(),
    slots: new ConcurrencySlots(() => deps.store.processes()),
    buffers: new BufferBudget(limits.maxBufferedBytes),
    teller,
    settler,
    checkpoints: new Checkpoints({ metering, logger }),
    refusals: createRefusalCounter(metering, logger),
    egressRoutes: new EgressRoutes({
      sql,
      clock,
      keyring: deps.keyring,
      logger,
      deadlineMs: limits.storageDeadlineMs,
    }),
    tunnels: new Tunnels(recheckTunnel),
    underway: new Underway(),
    endOfTurn: new EndOfTurn((error) => logger.error({ err: error }, 'a call broke')),
  };
  let draining = false;

  function onClose(call: Call): void {
    call.closed = true;
    call.onCallerGone?.();
    call.giveBack();
    parts.underway.leave();
  }

  /** @param connection closes when the call is over. */
  function begin(
    request: IncomingMessage,
    response: ServerResponse,
    door: Door | 'absolute',
    connection: Writable,
  ): Call {
    const address = clientAddress(request, config.trustedProxyHops);
    const call = new Call(parts, request, response, parts.newId('request'), address);
    if (door !== 'absolute') call.door = door;
    parts.underway.enter();
    connection.on('close', () => onClose(call));
    return call;
  }

  function refuseEarly(): AppError | null {
    const retry = { retryAfterSeconds: 1 };
    if (draining) return new AppError('draining', 'This server is stopping. Try again.', retry);
    if (parts.underway.count <= limits.maxActiveCalls) return null;
    return new AppError('overloaded', 'Too many calls at once. Try again.', retry);
  }

  return {
    get activeCalls() {
      return parts.underway.count;
    },

    handle(request, response) {
      const target = request.url ?? '';
      const door = findDoor(target) ?? (parts.endpointPaths.has(target) ? 'endpoint' : null);
      if (door === null) return false;
      const call = begin(request, response, door, response);
      const refusal = refuseEarly();
      if (refusal) sendError(call, refusal);
      else if (call.method !== 'OPTIONS' || !answerPreflight(call))
        parts.endOfTurn.add(() => handleRequest(call));
      return true;
    },

    takesUpgrade,

    handleUpgrade(request, socket, head) {
      if (!takesUpgrade(request)) return;
      socket.on('error', () => undefined);
      if (head.length > 0) socket.unshift(head);
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      response.assignSocket(socket as IncomingMessage['socket']);
      response.once('finish', () => socket.end());
      const call = begin(request, response, findDoor(request.url ?? '') as Door, socket);
      call.websocket = true;
      const refusal = refuseEarly();
      if (refusal) sendError(call, refusal);
      else void openWebSocket(call, socket);
    },

    async start() {
      await Promise.all([parts.snapshot.start(), parts.endpointPaths.start(), parts.egressRoutes.start()]);
      await Promise.all([settler.start(), journal.start()]);
    },

    async drain() {
      draining = true;
      parts.tunnels.closeAll();
      await parts.underway.idle(limits.drainMs);
      await teller.drain();
      await Promise.all([
        settler.drain(),
        parts.marker.flush(),
        parts.refusals.flush(),
        parts.egressRoutes.flush(),
      ]);
    },

    async settled() {
      await journal.settled();
      await allowances.giveBack();
    },

    async close() {
      settler.close();
      journal.close();
      allowances.close();
      parts.checkpoints.close();
      rollUps.close();
      parts.refusals.close();
      await Promise.all([parts.snapshot.close(), parts.endpointPaths.close(), parts.egressRoutes.close()]);
    },
  };
}

/** How we call ourselves in `Via`: the same in every process of an installation, and nowhere else. */
function pseudonymOf(publicUrl: string): string {
  return `tollgate-${createHash('sha256').update(publicUrl).digest('hex').slice(0, 12)}`;
}

/** Money that was held too late for its call goes back; every hold ends in an event. */
function lateRelease({ organizationId, requestId, call: held }: HoldRequest): UsageEventInput {
  const { budgets: _budgets, ...call } = held;
  return {
    organization_id: organizationId,
    request_id: requestId,
    ...call,
    model: call.model ?? null,
    status_code: 503,
    terminal_state: 'upstream_error',
    fault: 'platform',
    error_code: 'storage_unavailable',
    streamed: false,
    attempts: 0,
    request_bytes: 0,
    response_bytes: 0,
    input_tokens: null,
    output_tokens: null,
    usage_source: null,
    first_byte_ms: null,
    total_ms: 0,
    upstream_id: null,
    credential_id: null,
    details: null,
    charge_nanos: '0',
    held: true,
  };
}
