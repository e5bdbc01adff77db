import type { LoaderFunctionArgs } from '@remix-run/node';
import { Outlet } from '@remix-run/react';
import { AppShell } from '../../components/shell/app-shell.tsx';
import { requireUser } from '../../http/require-user.ts';

export const handle = { i18n: ['account'] };

export async function loader(args: LoaderFunctionArgs) {
  await requireUser(args);
  return null;
}

export default function AccountLayout() {
  return (
    <AppShell area="account">
      <Outlet />
    </AppShell>
  );
}
