/** What each area offers; labels are keys of the `common` texts. */
import {
  BarChart3,
  BookCheck,
  Boxes,
  ChartColumn,
  Coins,
  Cpu,
  CreditCard,
  Equal,
  FileText,
  Gauge,
  Gift,
  KeyRound,
  Landmark,
  LayoutDashboard,
  Mail,
  MessagesSquare,
  Network,
  Receipt,
  Scale,
  Settings2,
  ShieldCheck,
  SquareTerminal,
  Store,
  UserRound,
  Users,
  Wallet,
  Waypoints,
  type LucideIcon,
} from 'lucide-react';
import type { Viewer } from '../viewer.tsx';

export type Area = 'storefront' | 'buyer' | 'seller' | 'admin' | 'account';

export interface NavItem {
  to: string;
  label:
    | 'nav.overview'
    | 'nav.subscriptions'
    | 'nav.keys'
    | 'nav.playground'
    | 'nav.conversations'
    | 'nav.usage'
    | 'nav.wallet'
    | 'nav.paymentMethods'
    | 'nav.payments'
    | 'nav.budgets'
    | 'nav.credits'
    | 'nav.services'
    | 'nav.earnings'
    | 'nav.reports'
    | 'nav.paths'
    | 'nav.providers'
    | 'nav.egress'
    | 'nav.users'
    | 'nav.disputes'
    | 'nav.mails'
    | 'nav.payouts'
    | 'nav.ledger'
    | 'nav.invoices'
    | 'nav.billing'
    | 'nav.reconciliation'
    | 'nav.profile'
    | 'nav.security';
  icon: LucideIcon;
  /** Current only on exactly this path. */
  end?: boolean;
}

export const AREA_NAV: Record<Area, readonly NavItem[]> = {
  storefront: [],
  buyer: [
    { to: '/buyer', label: 'nav.overview', icon: LayoutDashboard, end: true },
    { to: '/buyer/subscriptions', label: 'nav.subscriptions', icon: Receipt },
    { to: '/buyer/keys', label: 'nav.keys', icon: KeyRound },
    { to: '/buyer/playground', label: 'nav.playground', icon: SquareTerminal },
    { to: '/buyer/conversations', label: 'nav.conversations', icon: MessagesSquare },
    { to: '/buyer/usage', label: 'nav.usage', icon: BarChart3 },
    { to: '/buyer/reports', label: 'nav.reports', icon: ChartColumn },
    { to: '/buyer/wallet', label: 'nav.wallet', icon: Wallet },
    { to: '/buyer/payment-methods', label: 'nav.paymentMethods', icon: CreditCard },
    { to: '/buyer/budgets', label: 'nav.budgets', icon: Gauge },
    { to: '/buyer/invoices', label: 'nav.invoices', icon: FileText },
    { to: '/buyer/disputes', label: 'nav.disputes', icon: Scale },
  ],
  seller: [
    { to: '/seller', label: 'nav.overview', icon: LayoutDashboard, end: true },
    { to: '/seller/services', label: 'nav.services', icon: Boxes },
    { to: '/seller/paths', label: 'nav.paths', icon: Waypoints },
    { to: '/seller/earnings', label: 'nav.earnings', icon: Coins },
    { to: '/seller/reports', label: 'nav.reports', icon: ChartColumn },
    { to: '/seller/payouts', label: 'nav.payouts', icon: Landmark },
    { to: '/seller/disputes', label: 'nav.disputes', icon: Scale },
  ],
  admin: [
    { to: '/admin', label: 'nav.overview', icon: LayoutDashboard, end: true },
    { to: '/admin/users', label: 'nav.users', icon: Users },
    { to: '/admin/services', label: 'nav.services', icon: Store },
    { to: '/admin/providers', label: 'nav.providers', icon: Cpu },
    { to: '/admin/endpoints', label: 'nav.paths', icon: Waypoints },
    { to: '/admin/egress', label: 'nav.egress', icon: Network },
    { to: '/admin/reports', label: 'nav.reports', icon: ChartColumn },
    { to: '/admin/disputes', label: 'nav.disputes', icon: Scale },
    { to: '/admin/credits', label: 'nav.credits', icon: Gift },
    { to: '/admin/payments', label: 'nav.payments', icon: CreditCard },
    { to: '/admin/payouts', label: 'nav.payouts', icon: Landmark },
    { to: '/admin/ledger', label: 'nav.ledger', icon: BookCheck },
    { to: '/admin/invoices', label: 'nav.invoices', icon: FileText },
    { to: '/admin/billing', label: 'nav.billing', icon: Settings2 },
    { to: '/admin/reconciliation', label: 'nav.reconciliation', icon: Equal },
    { to: '/admin/mails', label: 'nav.mails', icon: Mail },
  ],
  account: [
    { to: '/account', label: 'nav.profile', icon: UserRound, end: true },
    { to: '/account/security', label: 'nav.security', icon: ShieldCheck },
  ],
};

export interface AreaLink {
  area: Area;
  to: string;
  label: 'area.buyer' | 'area.seller' | 'area.admin' | 'area.storefront';
}

/** The areas this viewer can go to. */
export function areasOf(viewer: Viewer | null): AreaLink[] {
  const links: AreaLink[] = [{ area: 'storefront', to: '/', label: 'area.storefront' }];
  if (!viewer) return links;
  links.push({ area: 'buyer', to: '/buyer', label: 'area.buyer' });
  if (viewer.organization.isSeller) links.push({ area: 'seller', to: '/seller', label: 'area.seller' });
  if (viewer.user.isPlatformAdmin) links.push({ area: 'admin', to: '/admin', label: 'area.admin' });
  return links;
}

/** The area of a path, as far as this viewer may know of it. */
export function areaOf(pathname: string, viewer: Viewer | null): Area {
  const [, first] = pathname.split('/');
  if (first === 'account' && viewer) return 'account';
  return areasOf(viewer).find(({ area }) => area === first)?.area ?? 'storefront';
}

/** Pages on which money would move. */
export function isMoneyPage(pathname: string): boolean {
  return /^\/(buyer\/(wallet|invoices|checkouts|payment-methods)|services\/[^/]+\/subscribe)(\/|$)/.test(pathname);
}
