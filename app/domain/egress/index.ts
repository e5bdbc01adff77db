export { addEgressProxies, type AddedProxies } from './add-egress-proxies.ts';
export { checkEgressProxy, type EgressProxyCheck, type EgressProxyFailure } from './check-egress-proxy.ts';
export { chooseEgressProxy } from './choose-egress-proxy.ts';
export { createEgressPool } from './create-egress-pool.ts';
export { deleteEgressPool } from './delete-egress-pool.ts';
export { deleteEgressProxy } from './delete-egress-proxy.ts';
export { listEgressPools } from './list-egress-pools.ts';
export type { EgressProxyHealth, OwnEgressPool, OwnEgressProxy } from './own-egress-pool.ts';
export { renameEgressPool } from './rename-egress-pool.ts';
export { updateEgressProxy } from './update-egress-proxy.ts';
export {
  addEgressProxiesSchema,
  createEgressPoolSchema,
  renameEgressPoolSchema,
  updateEgressProxySchema,
  type AddEgressProxiesInput,
  type CheckEgressProxyInput,
  type CreateEgressPoolInput,
  type RenameEgressPoolInput,
  type UpdateEgressProxyInput,
} from './schemas.ts';
