export { isDatabaseUnavailable } from '../../../db/errors.ts';
export { enqueueRefusalReport } from './enqueue-refusal-report.ts';
export { enqueueRollUp } from './enqueue-roll-up.ts';
export { findOperatorPrincipal } from './find-operator-principal.ts';
export { listEndpointPaths } from './list-endpoint-paths.ts';
export { findEndpointByPath, type RoutableEndpoint } from './find-endpoint-by-path.ts';
export {
  findPrincipalByKeyHash,
  type Principal,
  type PrincipalBudget,
  type PrincipalSubscription,
} from './find-principal-by-key-hash.ts';
export {
  findRoutableService,
  type RoutablePlan,
  type RoutablePriceVersion,
  type RoutableService,
  type RoutableUpstream,
  type SealedCredential,
} from './find-routable-service.ts';
export { checkpointHolds, type CheckpointInput } from './checkpoint-holds.ts';
export {
  holdByAllowance,
  holdCalls,
  holdWithAllowances,
  type CountedHold,
  type HoldAnswer,
  type HoldMode,
  type HoldRefusal,
  type HoldRequest,
} from './hold-calls.ts';
export {
  applyJournalled,
  journalSettles,
  settleJournalled,
  type JournalledCalls,
} from './journal-settles.ts';
export { markCredential, type CredentialMark, type MarkedCredential } from './mark-credential.ts';
export type { MeteringContext } from './metering-context.ts';
export {
  compilePrice,
  countedUnits,
  freeUnits,
  isCharged,
  isPriceMissing,
  listedPrice,
  priceAtMost,
  priceOfVolume,
  priceQuantities,
  sumLines,
  type CompiledPrice,
  type MeterPosition,
  type Positions,
  type PriceComponentInput,
  type PriceInput,
  type PriceQuotaInput,
  type Quantities,
} from './price-call.ts';
export { renewAllowances } from './renew-allowances.ts';
export { recordRefusals, type RefusalCount } from './record-refusals.ts';
export {
  capLines,
  countersOf,
  settleCalls,
  type UsageEventDetails,
  type UsageEventInput,
} from './settle-calls.ts';
export { findEgressPool, type DialableEgressPool, type SealedEgressProxy } from './find-egress-pool.ts';
export { recordEgressMarks, type EgressMark } from './record-egress-marks.ts';
