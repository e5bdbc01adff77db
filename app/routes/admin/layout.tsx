import { Outlet } from '@remix-run/react';
import type { LoaderFunctionArgs } from '@remix-run/node';
import { AppShell } from '../../components/shell/app-shell.tsx';
import { requireAdmin } from '../../http/require-user.ts';

export const handle = { i18n: ['admin'] };

export async function loader(args: LoaderFunctionArgs) {
  await requireAdmin(args);
  return null;
}

export default function AdminLayout() {
  return (
    <AppShell area="admin">
      <Outlet />
    </AppShell>
  );
}
