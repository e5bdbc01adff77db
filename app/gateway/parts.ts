import type { Db } from '../../db/client.ts';
import type { Clock } from '../infra/clock.ts';
import type { Config } from '../infra/config.ts';
import type { Egress } from '../infra/egress/egress.ts';
import type { Keyring } from '../infra/keyring.ts';
import type { Logger } from '../infra/logger.ts';
import type { Store } from '../infra/store/store.ts';
import type { IdNoun } from '../lib/ids.ts';
import type { AddressLimits } from './limit.ts';
import type { BufferBudget } from './buffer-budget.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { Flights } from './coalesce.ts';
import type { ConcurrencySlots } from './concurrency.ts';
import type { GatewayLimits } from './limits.ts';
import type { EgressRoutes } from './egress-routes.ts';
import type { EndOfTurn } from './end-of-turn.ts';
import type { EndpointPaths } from './endpoint-paths.ts';
import type { EnvironmentKeys } from './environment-keys.ts';
import type { HeaderRules } from './headers.ts';
import type { CredentialMarker } from './pool/credential-marker.ts';
import type { KeyEntries } from './key-entries.ts';
import type { PoolStates } from './pool/pool-states.ts';
import type { RefusalCounter } from './refusals.ts';
import type { CallerCaching } from './response-headers.ts';
import type { Settler } from './settle-batches.ts';
import type { Snapshot } from './snapshot.ts';
import type { Teller } from './teller.ts';
import type { Underway } from './underway.ts';
import type { Tunnels } from './websocket/tunnels.ts';

/** What the stages share; made once by `createGateway`. */
export interface GatewayParts {
  config: Config;
  clock: Clock;
  logger: Logger;
  /** For the answers that the gateway gives by itself; metering has statements of its own. */
  db: Db;
  keyring: Keyring;
  egress: Egress;
  store: Store;
  limits: GatewayLimits;
  publicUrl: string;
  /** Our name in `Via`. */
  pseudonym: string;
  newId: (noun: IdNoun) => string;
  snapshot: Snapshot;
  pools: PoolStates;
  marker: CredentialMarker;
  endpointPaths: EndpointPaths;
  keyEntries: KeyEntries;
  environmentKeys: EnvironmentKeys;
  headerRules: HeaderRules;
  callerCaching: CallerCaching;
  addressLimits: AddressLimits;
  slots: ConcurrencySlots;
  buffers: BufferBudget;
  flights: Flights;
  teller: Teller;
  settler: Settler;
  checkpoints: Checkpoints;
  refusals: RefusalCounter;
  egressRoutes: EgressRoutes;
  tunnels: Tunnels;
  underway: Underway;
  endOfTurn: EndOfTurn;
}
