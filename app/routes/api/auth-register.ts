import { z } from 'zod';
import { issueAccessToken, registerUser } from '../../domain/users/index.ts';
import {
  accountApiField,
  organizationAnswer,
  tokenAnswer,
  userAnswer,
} from '../../http/account-api-format.ts';
import { apiAction, apiMethodNotAllowed, apiResponse } from '../../http/api.ts';
import { withWireFields } from '../../http/wire-fields.ts';

const body = z.strictObject({
  username: z.string(),
  password: z.string(),
  email: z.string().nullish(),
  role: z.enum(['buyer', 'seller']).optional(),
  display_name: z.string().nullish(),
  locale: z.enum(['en', 'zh-CN', 'zh-TW', 'ja']).optional(),
  time_zone: z.string().optional(),
});

export const loader = apiMethodNotAllowed(['POST']);

/** POST /api/v1/auth/register: a user, their organization, and a token to go on with. */
export const action = apiAction(
  {
    POST: async ({ ctx, readJson }) => {
      const fields = await readJson(body);
      const { user, organization } = await withWireFields(accountApiField, () =>
        registerUser(ctx, {
          username: fields.username,
          password: fields.password,
          email: fields.email || undefined,
          role: fields.role,
          displayName: fields.display_name || undefined,
          locale: fields.locale,
          timeZone: fields.time_zone,
        }),
      );
      const issued = await issueAccessToken(ctx, { userId: user.id });
      return apiResponse(
        {
          user: userAnswer(user),
          organization: organizationAnswer(organization),
          ...tokenAnswer(issued),
        },
        201,
      );
    },
  },
  { authenticate: 'none', readable: false },
);
