import { testCredential } from '../../domain/credentials/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** POST /api/v1/seller/credentials/:id/test */
    POST: async ({ ctx, params }) => {
      const test = await testCredential(ctx, { credentialId: params['id'] ?? '' });
      if (!test.ok) return { ok: false, url: test.url, reason: test.reason };
      const { ok, url, status, firstByteMs, totalMs, models } = test;
      return { ok, url, status, first_byte_ms: firstByteMs, total_ms: totalMs, models };
    },
  },
  { readable: false },
);
