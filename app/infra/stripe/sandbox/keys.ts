/** Keys of the sandbox. Derived, not stored: web and worker come to the same ones. */
import { createHmac } from 'node:crypto';

export interface SandboxKeys {
  apiKey: string;
  webhookSecret: string;
  /** Opens the control page. */
  controlToken: string;
}

export function deriveSandboxKeys(seed: string): SandboxKeys {
  const derive = (purpose: string) =>
    createHmac('sha256', seed).update(`stripe-sandbox:${purpose}`).digest('hex');
  return {
    apiKey: `sk_test_${derive('api')}`,
    webhookSecret: `whsec_${derive('webhook')}`,
    controlToken: derive('control').slice(0, 32),
  };
}
