import { Outlet } from '@remix-run/react';
import { AppShell } from '../../components/shell/app-shell.tsx';

export const handle = { i18n: ['auth'] };

export default function AuthLayout() {
  return (
    <AppShell area="storefront">
      <div className="mx-auto grid w-full max-w-md gap-4">
        <Outlet />
      </div>
    </AppShell>
  );
}
