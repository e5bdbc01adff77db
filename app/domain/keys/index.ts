export { createKey, MAX_ACTIVE_KEYS } from './create-key.ts';
export { insertKey, type IssuedKey } from './insert-key.ts';
export type { KeyView } from './key-view.ts';
export { listKeys, type ListedKey } from './list-keys.ts';
export { revokeKey } from './revoke-key.ts';
export { revokeSubscriptionKeys } from './revoke-subscription-keys.ts';
export { createKeySchema, KEY_NAME_MAX, keyNameSchema } from './schemas.ts';
