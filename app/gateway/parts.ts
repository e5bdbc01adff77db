import type { Clock } from '../infra/clock.ts';
import type { Config } from '../infra/config.ts';
import type { Egress } from '../infra/egress/egress.ts';
import type { Logger } from '../infra/logger.ts';
import type { Store } from '../infra/store/store.ts';
import type { IdNoun } from '../lib/ids.ts';
import type { AddressLimits } from './limit.ts';
import type { GatewayLimits } from './limits.ts';
import type { HeaderRules } from './headers.ts';
import type { Holder } from './hold-batches.ts';
import type { RefusalCounter } from './refusals.ts';
import type { Settler } from './settle-batches.ts';
import type { Snapshot } from './snapshot.ts';

/** What the stages share; made once by `createGateway`. */
export interface GatewayParts {
  config: Config;
  clock: Clock;
  logger: Logger;
  egress: Egress;
  store: Store;
  limits: GatewayLimits;
  publicUrl: string;
  /** Our name in `Via`. */
  pseudonym: string;
  newId: (noun: IdNoun) => string;
  snapshot: Snapshot;
  headerRules: HeaderRules;
  addressLimits: AddressLimits;
  holder: Holder;
  settler: Settler;
  refusals: RefusalCounter;
}
