export { listProviders } from './list-providers.ts';
export { createProvider } from './create-provider.ts';
export { updateProvider } from './update-provider.ts';
export { deleteProvider } from './delete-provider.ts';
export type { CreateProviderInput, UpdateProviderInput } from './schemas.ts';
