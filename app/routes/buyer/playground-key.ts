import type { ActionFunctionArgs } from '@remix-run/node';
import { redirect } from '@remix-run/react';
import { issuePlaygroundKey } from '../../domain/keys/index.ts';
import { errorResponse, toAppError } from '../../http/error-response.ts';
import { requireUser } from '../../http/require-user.ts';

/** A key for an hour, for the page's own script: it is in this answer and in no page. */
export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireUser(args);
  const { platform, requestId } = args.context;
  try {
    const form = await args.request.formData();
    const subscriptionId = form.get('subscriptionId');
    const { secret } = await issuePlaygroundKey(ctx, {
      subscriptionId: typeof subscriptionId === 'string' ? subscriptionId : '',
    });
    return Response.json({ secret }, { headers: { 'cache-control': 'no-store' } });
  } catch (thrown) {
    if (thrown instanceof Response) throw thrown;
    const error = toAppError(thrown, { logger: platform.logger, requestId });
    return errorResponse(error, requestId, platform.publicUrl);
  }
}

export function loader() {
  return redirect('/buyer/playground');
}
