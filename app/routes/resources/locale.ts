/** Remembers the language somebody chose, and goes back to where they were. */
import { redirect, type ActionFunctionArgs } from '@remix-run/node';
import { updateProfile } from '../../domain/users/index.ts';
import { safeNextPath } from '../../http/next-path.ts';
import { findViewer } from '../../http/require-user.ts';
import { isLocale, localeCookie } from '../../i18n/locales.ts';

export async function action(args: ActionFunctionArgs) {
  const form = await args.request.formData();
  const locale = form.get('locale');
  const back = redirect(safeNextPath(String(form.get('redirectTo') ?? ''), '/'));
  if (!isLocale(locale)) return back;
  const viewer = await findViewer(args);
  // Their mails come in this language too.
  if (viewer) await updateProfile(viewer.ctx, { locale });
  back.headers.append('set-cookie', localeCookie(locale));
  return back;
}

export function loader() {
  return redirect('/');
}
