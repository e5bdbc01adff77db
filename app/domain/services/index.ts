export { createService } from './create-service.ts';
export { updateService } from './update-service.ts';
export { listServiceChoices, type ServiceChoice } from './list-service-choices.ts';
export { configureRouting } from './configure-routing.ts';
export { clearProxySecret, generateProxySecret } from './proxy-secret.ts';
export type { ConfigureRoutingInput } from './routing-schema.ts';
export { replaceCredential } from './replace-credential.ts';
export { getOwnService } from './get-own-service.ts';
export { listOwnServices, type OwnServicesPage } from './list-own-services.ts';
export { findOwnServices, requireOwnService, stillExists, type OwnService } from './own-service.ts';
export { assertPublicBaseUrl, normaliseBaseUrl } from './base-url.ts';
export {
  hasParameter,
  insertCredential,
  leaveSecretsBehind,
  storeFirstCredential,
} from './store-credential.ts';
export { defaultTimeouts } from './default-timeouts.ts';
export { publishService } from './publish-service.ts';
export { pauseService } from './pause-service.ts';
export { deleteService, type DeletedService } from './delete-service.ts';
export { testConnection, type ConnectionFailure, type ConnectionTest } from './test-connection.ts';
export {
  CATALOGUE_PAGE_SIZE,
  listPublishedServices,
  type CataloguePage,
  type Facet,
} from './list-published-services.ts';
export { getPublishedService, type PublishedService } from './get-published-service.ts';
export { comparablePrice, findStartingPlan, type CatalogueService } from './catalogue.ts';
export { listAllServices, type AdminServicesPage } from './list-all-services.ts';
export { approveService } from './approve-service.ts';
export { suspendService, suspendServiceSchema } from './suspend-service.ts';
export { reinstateService } from './reinstate-service.ts';
export { applyCredential, maskSecret, secretForms, type CredentialUse } from './credential.ts';
export {
  baseUrlSchema,
  checkPlacement,
  createServiceSchema,
  credentialSchema,
  fitsPlacement,
  listAllServicesSchema,
  listPublishedServicesSchema,
  llmDialectSchema,
  placementShape,
  secretSchema,
  testConnectionSchema,
  updateServiceSchema,
  upstreamModelsSchema,
  type CreateServiceInput,
  type CredentialInput,
  type ListPublishedServicesInput,
  type TestConnectionInput,
  type UpdateServiceInput,
} from './schemas.ts';
