/** Every page of the route table, as addresses that can be opened; a test compares the two. */
export type Reader = 'visitor' | 'buyer' | 'seller' | 'admin';

export const PAGES: Record<Reader, string[]> = {
  visitor: [
    '/',
    '/?q=toolbox',
    '/?q=nothing-like-this',
    '/services/toolbox',
    '/services/reader',
    '/docs/errors',
    '/login',
    '/register',
    '/no-such-page',
  ],
  buyer: [
    '/buyer',
    '/buyer/subscriptions',
    '/buyer/keys',
    '/buyer/playground',
    '/buyer/playground?service=toolbox&path=/units',
    '/buyer/playground?service=nothing-like-this',
    '/buyer/conversations',
    '/buyer/usage',
    '/buyer/wallet',
    '/services/toolbox/subscribe',
    '/account',
    '/account/security',
  ],
  seller: ['/seller', '/seller/services', '/seller/services/new', '/seller/paths', '/seller/earnings'],
  admin: [
    '/admin',
    '/admin/users',
    '/admin/services',
    '/admin/providers',
    '/admin/endpoints',
    '/admin/egress',
    '/admin/mails',
  ],
};

/** Their addresses are known only once there is something to show; the specs go there by links. */
export const REACHED_BY_LINKS = [
  '/buyer/checkouts/:id',
  '/buyer/keys/:id',
  '/buyer/requests/:id',
  '/buyer/conversations/:id',
  '/seller/services/:id',
  '/seller/services/:id/connection',
  '/seller/services/:id/upstreams/new',
  '/seller/services/:id/upstreams/:upstreamId',
  '/seller/services/:id/routing',
  '/seller/services/:id/limits',
  '/seller/services/:id/plans',
  '/seller/services/:id/paths',
  '/seller/credentials/:id/oauth',
];
