import { z } from 'zod';
import { issueAccessToken, verifyLogin } from '../../domain/users/index.ts';
import { organizationAnswer, tokenAnswer, userAnswer } from '../../http/account-api-format.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';

/** The name may come as `username`, `email` or `login`; exactly one of them. */
const body = z
  .strictObject({
    username: z.string().optional(),
    email: z.string().optional(),
    login: z.string().optional(),
    password: z.string(),
  })
  .refine(({ username, email, login }) => [username, email, login].filter(Boolean).length === 1, {
    path: ['username'],
    message: 'required',
  });

export const loader = apiMethodNotAllowed(['POST']);

/** POST /api/v1/auth/login: an access token for `Authorization: Bearer`. */
export const action = apiAction(
  {
    POST: async ({ ctx, readJson }) => {
      const { username, email, login, password } = await readJson(body);
      const user = await verifyLogin(ctx, { login: username || email || login || '', password });
      const { organization, ...issued } = await issueAccessToken(ctx, { userId: user.id });
      return {
        ...tokenAnswer(issued),
        user: userAnswer(user),
        organization: organizationAnswer(organization),
      };
    },
  },
  { authenticate: 'none', readable: false },
);
