/** Every page and endpoint, in one table. `/proxy`, `/v1` and health endpoints are in `server.ts`. */
import { index, layout, prefix, route, type RouteConfig } from '@remix-run/route-config';

export default [
  layout('routes/storefront/layout.tsx', [
    index('routes/storefront/home.tsx'),
    route('docs/errors', 'routes/storefront/error-reference.tsx'),
    route('services/:slug', 'routes/storefront/service.tsx'),
    route('services/:slug/subscribe', 'routes/buyer/subscribe.tsx'),
  ]),

  layout('routes/auth/layout.tsx', [
    route('register', 'routes/auth/register.tsx'),
    route('login', 'routes/auth/login.tsx'),
  ]),
  route('logout', 'routes/auth/logout.ts'),

  route('buyer', 'routes/buyer/layout.tsx', [
    index('routes/buyer/overview.tsx'),
    route('subscriptions', 'routes/buyer/subscriptions.tsx'),
    route('keys', 'routes/buyer/keys.tsx'),
    route('keys/:id', 'routes/buyer/key.tsx'),
    route('playground', 'routes/buyer/playground.tsx'),
    route('conversations', 'routes/buyer/conversations.tsx'),
    route('conversations/:id', 'routes/buyer/conversation.tsx'),
    route('usage', 'routes/buyer/usage.tsx'),
    route('requests/:id', 'routes/buyer/request.tsx'),
    route('wallet', 'routes/buyer/wallet.tsx'),
    route('checkouts/:id', 'routes/buyer/checkout.tsx'),
  ]),

  route('seller', 'routes/seller/layout.tsx', [
    index('routes/seller/overview.tsx'),
    route('services', 'routes/seller/services.tsx'),
    route('services/new', 'routes/seller/service-new.tsx'),
    route('services/:id', 'routes/seller/service-edit.tsx'),
    route('services/:id/plans', 'routes/seller/service-plans.tsx'),
    route('earnings', 'routes/seller/earnings.tsx'),
  ]),

  route('admin', 'routes/admin/layout.tsx', [
    index('routes/admin/overview.tsx'),
    route('users', 'routes/admin/users.tsx'),
    route('services', 'routes/admin/services.tsx'),
    route('mails', 'routes/admin/mails.tsx'),
  ]),

  route('account', 'routes/account/layout.tsx', [
    index('routes/account/profile.tsx'),
    route('security', 'routes/account/security.tsx'),
  ]),

  route('buyer/playground-key', 'routes/buyer/playground-key.ts'),
  route('buyer/conversations/:id/export', 'routes/buyer/conversation-export.ts'),
  ...prefix('resources', [
    route('locale', 'routes/resources/locale.ts'),
    route('theme', 'routes/resources/theme.ts'),
    route('organization', 'routes/resources/organization.ts'),
  ]),

  ...prefix('api/v1', [
    route('auth/register', 'routes/api/auth-register.ts'),
    route('auth/login', 'routes/api/auth-login.ts'),
    route('seller/apis', 'routes/api/seller-apis.ts'),
    route('seller/apis/:id', 'routes/api/seller-api.ts'),
    route('seller/apis/:id/upstreams', 'routes/api/seller-upstreams.ts'),
    route('seller/apis/:id/routing', 'routes/api/seller-routing.ts'),
    route('seller/apis/:id/proxy-secret', 'routes/api/seller-proxy-secret.ts'),
    route('seller/plans/:id', 'routes/api/seller-plan.ts'),
    route('seller/upstreams/:id', 'routes/api/seller-upstream.ts'),
    route('seller/upstreams/:id/credentials', 'routes/api/seller-credentials.ts'),
    route('seller/credentials/:id', 'routes/api/seller-credential.ts'),
    route('seller/credentials/:id/test', 'routes/api/seller-credential-test.ts'),
    route('seller/credentials/:id/reset', 'routes/api/seller-credential-reset.ts'),
    route('seller/endpoints', 'routes/api/seller-endpoints.ts'),
    route('seller/endpoints/:id', 'routes/api/seller-endpoint.ts'),
    route('seller/earnings', 'routes/api/seller-earnings.ts'),
    route('admin/endpoints', 'routes/api/admin-endpoints.ts'),
    route('admin/endpoints/:id', 'routes/api/admin-endpoint.ts'),
    route('admin/providers', 'routes/api/admin-providers.ts'),
    route('admin/providers/:id', 'routes/api/admin-provider.ts'),
    route('buyer/apis', 'routes/api/buyer-apis.ts'),
    route('buyer/apis/:id', 'routes/api/buyer-api.ts'),
    route('buyer/apis/:id/subscribe', 'routes/api/buyer-subscribe.ts'),
    route('buyer/subscriptions', 'routes/api/buyer-subscriptions.ts'),
    route('buyer/subscriptions/:id', 'routes/api/buyer-subscription.ts'),
    route('buyer/keys', 'routes/api/buyer-keys.ts'),
    route('buyer/keys/:id', 'routes/api/buyer-key.ts'),
    route('buyer/keys/:id/rotate', 'routes/api/buyer-key-rotate.ts'),
    route('buyer/settings', 'routes/api/buyer-settings.ts'),
    route('buyer/wallet', 'routes/api/buyer-wallet.ts'),
    route('buyer/wallet/top-ups', 'routes/api/buyer-wallet-top-ups.ts'),
    route('buyer/checkouts/:id', 'routes/api/buyer-checkout.ts'),
    route('buyer/usage', 'routes/api/buyer-usage.ts'),
    route('*', 'routes/api/not-found.ts'),
  ]),
  // The same keys at the address that clients of other gateways know.
  ...prefix('api/api-keys', [
    route('/', 'routes/api/buyer-keys.ts', { id: 'api-keys' }),
    route(':id', 'routes/api/buyer-key.ts', { id: 'api-key' }),
  ]),
  route('openapi.json', 'routes/api/openapi.ts'),

  route('webhooks/stripe', 'routes/webhooks/stripe.ts'),
  route('*', 'routes/storefront/not-found.tsx'),
] satisfies RouteConfig;
