import type { LoaderFunctionArgs } from '@remix-run/node';
import { completeOauth } from '../../domain/oauth/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { requireSeller } from '../../http/require-user.ts';
import { isAppError } from '../../lib/app-error.ts';

/** Where providers send sellers back to; the state proves that the seller had set out from here. */
export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireSeller(args);
  const { searchParams } = new URL(args.request.url);
  const refused = (reason: string) =>
    redirectWithFlash('/seller/services', {
      messageKey: 'seller:oauth.refused',
      tone: 'danger',
      params: { reason },
    });
  const error = searchParams.get('error');
  if (error !== null) return refused(error.slice(0, 60));
  try {
    const code = searchParams.get('code') ?? '';
    const state = searchParams.get('state') ?? '';
    const { credentialId } = await completeOauth(ctx, { code, state });
    return redirectWithFlash(`/seller/credentials/${credentialId}/oauth`, {
      messageKey: 'seller:oauth.connected',
      tone: 'success',
    });
  } catch (thrown) {
    if (!isAppError(thrown)) throw thrown;
    return refused(String(thrown.details?.['reason'] ?? thrown.code));
  }
}
