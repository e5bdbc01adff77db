export { listEndpoints } from './list-endpoints.ts';
export { createEndpoint } from './create-endpoint.ts';
export { updateEndpoint } from './update-endpoint.ts';
export { deleteEndpoint } from './delete-endpoint.ts';
export type { EndpointView } from './endpoint-view.ts';
export type { CreateEndpointInput, UpdateEndpointInput } from './schemas.ts';
