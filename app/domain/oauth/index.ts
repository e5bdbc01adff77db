export { completeOauth } from './complete-oauth.ts';
export { enqueueOauthRefresh } from './enqueue-refresh.ts';
export { findOauth, getOauth } from './get-oauth.ts';
export type { OauthStatus } from './own-grant.ts';
export { OAUTH_PRESETS, OAUTH_PROVIDERS, type OauthPreset, type OauthProvider } from './presets.ts';
export { refreshDueGrants, refreshOauth, refreshRefusedGrant } from './refresh-oauth.ts';
export { CALLBACK_PATH, startOauth, type StartedOauth } from './start-oauth.ts';
export {
  completeOauthSchema,
  startOauthSchema,
  type CompleteOauthInput,
  type StartOauthInput,
} from './schemas.ts';
