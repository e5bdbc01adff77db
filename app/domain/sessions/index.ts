/** Browsers that are logged in. What other nouns and routes may use. */
export { createSession } from './create-session.ts';
export { deleteExpiredSessions } from './delete-expired-sessions.ts';
export { findSession } from './find-session.ts';
export { listSessions, type ListedSession } from './list-sessions.ts';
export { revokeSession } from './revoke-session.ts';
export { deleteUserSessions, revokeUserSessions } from './revoke-user-sessions.ts';
export { forgetCachedSessions, refreshUserSessions, type SessionView } from './session-cache.ts';
export { switchOrganization } from './switch-organization.ts';
