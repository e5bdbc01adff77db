import { coreOfClock, coreOfCustomer, emitEvent, mergeMetadata, newBase, type SandboxCore } from '../core.ts';
import { endpoint, listEndpoint, listObjects, retrieveEndpoint } from '../endpoint.ts';
import type { Customer, PaymentMethod, TaxId } from '../objects.ts';
import { attachCard, resolvePaymentMethod } from '../payments/payment-methods.ts';
import type { StripeRequests } from '../request-types.ts';
import { invalidRequest, resourceMissing } from '../sandbox-error.ts';

type CreateParams = StripeRequests['POST /v1/customers'];
type UpdateParams = StripeRequests['POST /v1/customers/:id'];

const createCustomer = endpoint('POST /v1/customers', (core, params) => createCustomerObject(core, params));

export async function createCustomerObject(core: SandboxCore, params: CreateParams): Promise<Customer> {
  const own = await coreOfClock(core, params.test_clock ?? null);
  const base = newBase(own, 'cus', 'customer');
  const customer = await own.state.put<Customer>({
    ...base,
    address: null,
    balance: params.balance ?? 0,
    currency: null,
    default_source: null,
    delinquent: false,
    description: params.description ?? null,
    email: params.email ?? null,
    invoice_prefix: base.id.slice(-8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    metadata: mergeMetadata({}, params.metadata),
    name: params.name ?? null,
    next_invoice_sequence: 1,
    phone: params.phone ?? null,
    preferred_locales: params.preferred_locales ?? [],
    shipping: null,
    tax_exempt: params.tax_exempt || 'none',
    test_clock: own.testClock,
    ...addressOf(params),
  });
  for (const { type, value } of params.tax_id_data ?? []) await addTaxId(own, customer.id, type, value);
  if (params.payment_method)
    await attachCard(own, await resolvePaymentMethod(own, params.payment_method), customer.id);
  const defaultMethod = params.invoice_settings?.default_payment_method;
  const made = defaultMethod ? await useAsDefault(own, customer, defaultMethod) : customer;
  await emitEvent(own, 'customer.created', made);
  return made;
}

function addressOf(params: CreateParams | UpdateParams): Pick<Customer, 'address'> | object {
  if (params.address === undefined) return {};
  if (!params.address) return { address: null };
  const empty = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };
  return { address: { ...empty, ...params.address } };
}

/** The method must be the customer's own. */
async function useAsDefault(core: SandboxCore, customer: Customer, id: string): Promise<Customer> {
  const method = await core.state.find<PaymentMethod>('payment_method', id);
  if (!method) throw resourceMissing('PaymentMethod', id, 'invoice_settings[default_payment_method]');
  if (method.customer !== customer.id) {
    throw invalidRequest(
      `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
      'invoice_settings[default_payment_method]',
      'resource_missing',
    );
  }
  return core.state.put<Customer>({
    ...customer,
    invoice_settings: { ...customer.invoice_settings, default_payment_method: id },
  });
}

const updateCustomer = endpoint('POST /v1/customers/:id', async (core, params, { id }) => {
  const own = await coreOfCustomer(core, id);
  const customer = await own.state.lock<Customer>('customer', id);
  const pick = <T>(value: T | '' | null | undefined, before: T | null | undefined): T | null =>
    value === undefined ? (before ?? null) : value === '' ? null : value;
  let updated: Customer = {
    ...customer,
    ...addressOf(params),
    balance: params.balance ?? customer.balance,
    description: pick(params.description, customer.description),
    email: pick(params.email, customer.email),
    metadata: mergeMetadata(customer.metadata, params.metadata),
    name: pick(params.name, customer.name),
    phone: pick(params.phone, customer.phone),
    preferred_locales: params.preferred_locales ?? customer.preferred_locales,
    tax_exempt: params.tax_exempt || customer.tax_exempt,
  };
  const method = params.invoice_settings?.default_payment_method;
  if (method) updated = await useAsDefault(own, updated, method);
  else if (method !== undefined)
    updated.invoice_settings = { ...updated.invoice_settings, default_payment_method: null };
  await own.state.put(updated);
  await emitEvent(own, 'customer.updated', updated);
  return updated;
});

const deleteCustomer = endpoint('DELETE /v1/customers/:id', async (core, _params, { id }) => {
  const customer = await core.state.lock<Customer>('customer', id);
  await core.state.remove(id);
  await emitEvent(core, 'customer.deleted', customer);
  return { id, object: 'customer', deleted: true };
});

/** Forms of tax ids that are checked here; Stripe knows them all. */
const TAX_ID_FORMS: Record<string, RegExp> = {
  eu_vat: /^[A-Z]{2}[0-9A-Z+*.]{2,12}$/,
  gb_vat: /^(GB|XI)[0-9A-Z]{5,12}$/,
  jp_cn: /^\d{13}$/,
  jp_trn: /^T\d{13}$/,
  us_ein: /^\d{2}-?\d{7}$/,
  au_abn: /^\d{11}$/,
  tw_vat: /^\d{8}$/,
};

export async function addTaxId(
  core: SandboxCore,
  customer: string,
  type: string,
  value: string,
): Promise<TaxId> {
  const form = TAX_ID_FORMS[type];
  if (value.trim() === '' || (form && !form.test(value.replaceAll(' ', ''))))
    throw invalidRequest(`Invalid value for ${type}.`, 'value', 'tax_id_invalid');
  const taxId = await core.state.put<TaxId>({
    ...newBase(core, 'txi', 'tax_id'),
    country: (type === 'eu_vat' ? value.slice(0, 2) : type.slice(0, 2)).toUpperCase(),
    customer,
    customer_account: null,
    owner: { customer, customer_account: null, type: 'customer' },
    type,
    value,
    verification: { status: 'pending', verified_address: null, verified_name: null },
  });
  await emitEvent(core, 'customer.tax_id.created', taxId);
  return taxId;
}

async function getTaxId(core: SandboxCore, customer: string, id: string): Promise<TaxId> {
  const taxId = await core.state.get<TaxId>('tax_id', id);
  if (taxId.customer !== customer) throw resourceMissing('tax_id', id);
  return taxId;
}

export const customerEndpoints = [
  createCustomer,
  updateCustomer,
  deleteCustomer,
  retrieveEndpoint('GET /v1/customers/:id', 'customer'),
  listEndpoint('GET /v1/customers', 'customer'),
  endpoint('POST /v1/customers/:id/tax_ids', async (core, params, { id }) => {
    const customer = await core.state.get<Customer>('customer', id);
    return addTaxId(await coreOfCustomer(core, id), customer.id, params.type, params.value);
  }),
  endpoint('GET /v1/customers/:id/tax_ids', (core, params, { id }) =>
    listObjects(core, 'tax_id', `/v1/customers/${id}/tax_ids`, params, { match: { customer: id } }),
  ),
  endpoint('GET /v1/customers/:id/tax_ids/:child', (core, _params, { id, child }) =>
    getTaxId(core, id, child),
  ),
  endpoint('DELETE /v1/customers/:id/tax_ids/:child', async (core, _params, { id, child }) => {
    const taxId = await getTaxId(core, id, child);
    await core.state.remove(child);
    await emitEvent(core, 'customer.tax_id.deleted', taxId);
    return { id: child, object: 'tax_id', deleted: true };
  }),
  endpoint('GET /v1/customers/:id/payment_methods', (core, { type, ...params }, { id }) =>
    listObjects(core, 'payment_method', `/v1/customers/${id}/payment_methods`, params, {
      match: { customer: id, ...(type && { type }) },
    }),
  ),
];
