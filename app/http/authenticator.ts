/** remix-auth carries the ways to log in. One authenticator per request: modules keep no state. */
import { Authenticator } from 'remix-auth';
import { FormStrategy } from 'remix-auth-form';
import type { Context } from '../domain/context.ts';
import { verifyLogin, type PublicUser } from '../domain/users/index.ts';

function text(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

/** Strategy `password`: a form with `login` and `password`. Throws the AppErrors of `verifyLogin`. */
export function createAuthenticator(ctx: Context): Authenticator<PublicUser> {
  const password = new FormStrategy<PublicUser>(({ form }) =>
    verifyLogin(ctx, { login: text(form, 'login'), password: text(form, 'password') }),
  );
  return new Authenticator<PublicUser>().use(password, 'password');
}
