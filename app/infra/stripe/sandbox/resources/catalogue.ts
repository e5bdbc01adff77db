/** Customers, products and prices. */
import { z } from 'zod';
import { newBase, type SandboxCore } from '../core.ts';
import { currency, endpoint, integer, metadata, noParams } from '../endpoint.ts';
import type { Customer, Price, Product } from '../objects.ts';

const recurring = z.strictObject({ interval: z.enum(['month', 'year']) });

export const priceFields = {
  currency,
  unit_amount: integer,
  recurring: recurring.optional(),
};
export type PriceFields = z.infer<z.ZodObject<typeof priceFields>>;

export function buildPrice(core: SandboxCore, fields: PriceFields, product: string): Price {
  return {
    ...newBase(core, 'price', 'price'),
    active: true,
    currency: fields.currency,
    product,
    type: fields.recurring ? 'recurring' : 'one_time',
    unit_amount: fields.unit_amount,
    recurring: fields.recurring
      ? { interval: fields.recurring.interval, interval_count: 1, usage_type: 'licensed' }
      : null,
    metadata: {},
  };
}

const createCustomer = endpoint({
  method: 'post',
  path: '/v1/customers',
  params: z.strictObject({ name: z.string().optional(), email: z.string().optional(), metadata }),
  run: (core, params) =>
    core.state.put<Customer>({
      ...newBase(core, 'cus', 'customer'),
      name: params.name ?? null,
      email: params.email ?? null,
      metadata: params.metadata,
    }),
});

const retrieveCustomer = endpoint({
  method: 'get',
  path: '/v1/customers/:id',
  params: noParams,
  run: (core, _params, id) => core.state.get<Customer>('customer', id),
});

const createProduct = endpoint({
  method: 'post',
  path: '/v1/products',
  params: z.strictObject({ name: z.string().min(1), description: z.string().optional(), metadata }),
  run: (core, params) =>
    core.state.put<Product>({
      ...newBase(core, 'prod', 'product'),
      active: true,
      name: params.name,
      description: params.description ?? null,
      metadata: params.metadata,
    }),
});

const retrieveProduct = endpoint({
  method: 'get',
  path: '/v1/products/:id',
  params: noParams,
  run: (core, _params, id) => core.state.get<Product>('product', id),
});

const createPrice = endpoint({
  method: 'post',
  path: '/v1/prices',
  params: z.strictObject({ ...priceFields, product: z.string(), metadata }),
  async run(core, params) {
    await core.state.get<Product>('product', params.product);
    return core.state.put<Price>({
      ...buildPrice(core, params, params.product),
      metadata: params.metadata,
    });
  },
});

const retrievePrice = endpoint({
  method: 'get',
  path: '/v1/prices/:id',
  params: noParams,
  run: (core, _params, id) => core.state.get<Price>('price', id),
});

export const catalogueEndpoints = [
  createCustomer,
  retrieveCustomer,
  createProduct,
  retrieveProduct,
  createPrice,
  retrievePrice,
];
