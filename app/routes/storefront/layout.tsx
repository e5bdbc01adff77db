import { Outlet } from '@remix-run/react';
import { AppShell } from '../../components/shell/app-shell.tsx';

export const handle = { i18n: ['storefront'] };

export default function StorefrontLayout() {
  return (
    <AppShell area="storefront">
      <Outlet />
    </AppShell>
  );
}
