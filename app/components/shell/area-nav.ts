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
  /** Stands in the bar of a phone itself, not behind "More". */
  onBar?: boolean;
}

export interface NavGroup {
  /** None for what comes before all groups. */
  label:
    | 'nav.group.use'
    | 'nav.group.money'
    | 'nav.group.offer'
    | 'nav.group.market'
    | 'nav.group.operation'
    | null;
  items: readonly NavItem[];
}

export const AREA_NAV: Record<Area, readonly NavGroup[]> = {
  storefront: [],
  buyer: [
    {
      label: null,
      items: [{ to: '/buyer', label: 'nav.overview', icon: LayoutDashboard, end: true, onBar: true }],
    },
    {
      label: 'nav.group.use',
      items: [
        { to: '/buyer/subscriptions', label: 'nav.subscriptions', icon: Receipt },
        { to: '/buyer/keys', label: 'nav.keys', icon: KeyRound, onBar: true },
        { to: '/buyer/playground', label: 'nav.playground', icon: SquareTerminal },
        { to: '/buyer/conversations', label: 'nav.conversations', icon: MessagesSquare },
        { to: '/buyer/usage', label: 'nav.usage', icon: BarChart3, onBar: true },
        { to: '/buyer/reports', label: 'nav.reports', icon: ChartColumn },
      ],
    },
    {
      label: 'nav.group.money',
      items: [
        { to: '/buyer/wallet', label: 'nav.wallet', icon: Wallet, onBar: true },
        { to: '/buyer/budgets', label: 'nav.budgets', icon: Gauge },
        { to: '/buyer/invoices', label: 'nav.invoices', icon: FileText },
        { to: '/buyer/payment-methods', label: 'nav.paymentMethods', icon: CreditCard },
        { to: '/buyer/disputes', label: 'nav.disputes', icon: Scale },
      ],
    },
  ],
  seller: [
    {
      label: null,
      items: [{ to: '/seller', label: 'nav.overview', icon: LayoutDashboard, end: true, onBar: true }],
    },
    {
      label: 'nav.group.offer',
      items: [
        { to: '/seller/services', label: 'nav.services', icon: Boxes, onBar: true },
        { to: '/seller/paths', label: 'nav.paths', icon: Waypoints },
        { to: '/seller/reports', label: 'nav.reports', icon: ChartColumn },
      ],
    },
    {
      label: 'nav.group.money',
      items: [
        { to: '/seller/earnings', label: 'nav.earnings', icon: Coins, onBar: true },
        { to: '/seller/payouts', label: 'nav.payouts', icon: Landmark, onBar: true },
        { to: '/seller/disputes', label: 'nav.disputes', icon: Scale },
      ],
    },
  ],
  admin: [
    {
      label: null,
      items: [{ to: '/admin', label: 'nav.overview', icon: LayoutDashboard, end: true, onBar: true }],
    },
    {
      label: 'nav.group.market',
      items: [
        { to: '/admin/users', label: 'nav.users', icon: Users, onBar: true },
        { to: '/admin/services', label: 'nav.services', icon: Store },
        { to: '/admin/providers', label: 'nav.providers', icon: Cpu },
        { to: '/admin/endpoints', label: 'nav.paths', icon: Waypoints },
        { to: '/admin/reports', label: 'nav.reports', icon: ChartColumn },
      ],
    },
    {
      label: 'nav.group.money',
      items: [
        { to: '/admin/invoices', label: 'nav.invoices', icon: FileText, onBar: true },
        { to: '/admin/payments', label: 'nav.payments', icon: CreditCard },
        { to: '/admin/payouts', label: 'nav.payouts', icon: Landmark },
        { to: '/admin/credits', label: 'nav.credits', icon: Gift },
        { to: '/admin/disputes', label: 'nav.disputes', icon: Scale, onBar: true },
        { to: '/admin/ledger', label: 'nav.ledger', icon: BookCheck },
        { to: '/admin/reconciliation', label: 'nav.reconciliation', icon: Equal },
      ],
    },
    {
      label: 'nav.group.operation',
      items: [
        { to: '/admin/billing', label: 'nav.billing', icon: Settings2 },
        { to: '/admin/egress', label: 'nav.egress', icon: Network },
        { to: '/admin/mails', label: 'nav.mails', icon: Mail },
      ],
    },
  ],
  account: [
    {
      label: null,
      items: [
        { to: '/account', label: 'nav.profile', icon: UserRound, end: true, onBar: true },
        { to: '/account/security', label: 'nav.security', icon: ShieldCheck, onBar: true },
      ],
    },
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
  return /^\/(buyer\/(wallet|invoices|checkouts|payment-methods)|services\/[^/]+\/subscribe)(\/|$)/.test(
    pathname,
  );
}
