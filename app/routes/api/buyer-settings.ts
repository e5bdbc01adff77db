import { z } from 'zod';
import { apiAction, apiLoader } from '../../http/api.ts';
import { buyerApiField } from '../../http/buyer-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import type { Context } from '../../domain/context.ts';
import { getOrganization, updateOrganization } from '../../domain/organizations/index.ts';

const body = z.strictObject({ conversation_retention_days: z.number().nullable() });

async function settingsOf(ctx: Context) {
  const organization = await getOrganization(ctx);
  return {
    conversation_retention_days: organization.conversationRetentionDays,
    requests_per_minute: organization.requestsPerMinute,
    requests_per_day: organization.requestsPerDay,
    tokens_per_minute: organization.tokensPerMinute,
    tokens_per_day: organization.tokensPerDay,
    max_concurrency: organization.maxConcurrency,
  };
}

/** GET /api/v1/buyer/settings */
export const loader = apiLoader(async ({ ctx }) => settingsOf(ctx));

export const action = apiAction({
  /** PUT /api/v1/buyer/settings; null forgets every conversation at once. */
  PUT: async ({ ctx, readJson }) => {
    const { conversation_retention_days: conversationRetentionDays } = await readJson(body);
    await withWireFields(buyerApiField, () => updateOrganization(ctx, { conversationRetentionDays }));
    return settingsOf(ctx);
  },
});
