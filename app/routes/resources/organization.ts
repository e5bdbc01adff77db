import { redirect, type ActionFunctionArgs } from '@remix-run/node';
import { switchOrganization } from '../../domain/sessions/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { safeNextPath } from '../../http/next-path.ts';
import { requireUser } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { readSessionToken } from '../../http/session-cookie.ts';

export const loader = () => redirect('/account');

/** Makes the session act for another organization of the viewer's. */
export async function action(args: ActionFunctionArgs) {
  const { ctx, organizations } = await requireUser(args);
  const form = await args.request.formData();
  const organizationId = form.get('organizationId')?.toString() ?? '';
  const token = readSessionToken(args.request, ctx.publicUrl) ?? '';
  await pageLoader(args, () => switchOrganization(ctx, { token, organizationId }));
  const name = organizations.find((organization) => organization.id === organizationId)?.name ?? '';
  return redirectWithFlash(safeNextPath(form.get('redirectTo')?.toString(), '/buyer'), {
    messageKey: 'account:flash.organizationSwitched',
    tone: 'info',
    params: { name },
  });
}
