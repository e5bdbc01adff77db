/** What `server.ts` hands to every loader and action, through Remix's load context. */
import type { Platform } from '../platform.ts';

export interface LoadContext {
  platform: Platform;
  requestId: string;
  /** Nonce of this answer's Content-Security-Policy. */
  cspNonce: string;
  /** The caller's address; X-Forwarded-For counts only behind trusted proxies. */
  clientIp: string;
}

declare module '@remix-run/node' {
  interface AppLoadContext extends LoadContext {}
}
