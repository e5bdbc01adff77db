/** Remembers the theme somebody chose, and goes back to where they were. */
import { redirect, type ActionFunctionArgs } from '@remix-run/node';
import { updateProfile } from '../../domain/users/index.ts';
import { safeNextPath } from '../../http/next-path.ts';
import { findViewer } from '../../http/require-user.ts';
import { isTheme, themeCookie } from '../../lib/theme.ts';

export async function action(args: ActionFunctionArgs) {
  const form = await args.request.formData();
  const theme = form.get('theme');
  const back = redirect(safeNextPath(String(form.get('redirectTo') ?? ''), '/'));
  if (!isTheme(theme)) return back;
  const viewer = await findViewer(args);
  if (viewer) await updateProfile(viewer.ctx, { theme });
  back.headers.append('set-cookie', themeCookie(theme));
  return back;
}

export function loader() {
  return redirect('/');
}
