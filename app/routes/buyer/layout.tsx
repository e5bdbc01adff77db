import { Outlet } from '@remix-run/react';
import type { LoaderFunctionArgs } from '@remix-run/node';
import { AppShell } from '../../components/shell/app-shell.tsx';
import { requireUser } from '../../http/require-user.ts';

export const handle = { i18n: ['buyer'] };

export async function loader(args: LoaderFunctionArgs) {
  await requireUser(args);
  return null;
}

export default function BuyerLayout() {
  return (
    <AppShell area="buyer">
      <Outlet />
    </AppShell>
  );
}
