import type { LoaderFunctionArgs } from '@remix-run/node';
import { Outlet } from '@remix-run/react';
import { AppShell } from '../../components/shell/app-shell.tsx';
import { requireSeller } from '../../http/require-user.ts';

export const handle = { i18n: ['seller'] };

export async function loader(args: LoaderFunctionArgs) {
  await requireSeller(args);
  return null;
}

export default function SellerLayout() {
  return (
    <AppShell area="seller">
      <Outlet />
    </AppShell>
  );
}
