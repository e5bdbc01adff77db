import { requirePlatformAdmin, type Context } from '../context.ts';
import { readBillingSettings, type BillingSettings } from './billing-settings.ts';

export async function getBillingSettings(ctx: Context): Promise<BillingSettings> {
  requirePlatformAdmin(ctx);
  return readBillingSettings(ctx);
}
