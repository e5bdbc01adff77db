import {
  deleteCredential,
  updateCredential,
  type UpdateCredentialInput,
} from '../../domain/credentials/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { apiBody, apiField, credentialAnswer, toPoolFields } from '../../http/selling-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

export const loader = apiMethodNotAllowed(['PUT', 'DELETE']);

export const action = apiAction(
  {
    PUT: async ({ ctx, params, readJson }) => {
      const fields = { ...toPoolFields(await readJson(apiBody)), credentialId: params['id'] ?? '' };
      return credentialAnswer(
        await withWireFields(apiField, () => updateCredential(ctx, fields as UpdateCredentialInput)),
      );
    },
    DELETE: async ({ ctx, params }) => {
      await deleteCredential(ctx, { credentialId: params['id'] ?? '' });
    },
  },
  { readable: false },
);
