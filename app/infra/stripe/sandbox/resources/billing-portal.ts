import { newBase, pageUrl } from '../core.ts';
import { endpoint } from '../endpoint.ts';
import type { Base, Customer, PortalSession } from '../objects.ts';

const createSession = endpoint('POST /v1/billing_portal/sessions', async (core, params) => {
  const customer = await core.state.get<Customer>('customer', params.customer ?? '');
  const base = newBase(core, 'bps', 'billing_portal.session');
  return core.state.put<PortalSession>({
    ...base,
    configuration: params.configuration ?? 'bpc_sandbox',
    customer: customer.id,
    customer_account: null,
    flow: null,
    locale: params.locale ?? null,
    on_behalf_of: null,
    return_url: params.return_url ?? null,
    url: pageUrl(core, `portal/${base.id}`),
  });
});

/** What the portal offers is fixed in the sandbox; programs that configure it get an id. */
const createConfiguration = endpoint('POST /v1/billing_portal/configurations', (core, params) => {
  const base = newBase(core, 'bpc', 'billing_portal.configuration');
  return core.state.put({
    ...base,
    active: true,
    application: null,
    business_profile: params.business_profile ?? {},
    default_return_url: params.default_return_url ?? null,
    features: params.features,
    is_default: false,
    login_page: { enabled: false, url: null },
    metadata: {},
    name: params.name ?? null,
    updated: base.created,
  } as Base);
});

export const portalEndpoints = [createSession, createConfiguration];
