import type { LoaderFunctionArgs } from '@remix-run/node';
import { exportConversation } from '../../domain/conversations/index.ts';
import { fileResponse } from '../../http/file-response.ts';
import { requireUser } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';

/** A conversation as a file; the same as the proxy's `GET /v1/conversations/:id/export`. */
export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireUser(args);
  return pageLoader(args, async () => {
    const found = await exportConversation(ctx, { conversation: args.params['id'] ?? '' });
    return fileResponse(JSON.stringify(found, null, 2), `${found.conversation_id}.json`);
  });
}
