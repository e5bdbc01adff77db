/** Lines of invoices and what they add up to. */
import {
  newStripeId,
  type Invoice,
  type InvoiceItem,
  type InvoiceLine,
  type Price,
  type SubscriptionItem,
} from '../objects.ts';
import type { SandboxCore } from '../core.ts';
import { applyDiscounts } from './discounts.ts';

export interface LineFields {
  amount: number;
  currency: string;
  description: string;
  price: Price | null;
  quantity: number;
  period: { start: number; end: number };
  discountable: boolean;
  subscription: string | null;
  subscriptionItem: string | null;
  invoiceItem: string | null;
  isProration: boolean;
  metadata: Record<string, string>;
}

const pricing = (price: Price | null): InvoiceLine['pricing'] =>
  price
    ? ({
        price_details: { price: price.id, product: String(price.product) },
        type: 'price_details',
        unit_amount_decimal: price.unit_amount_decimal,
      } as unknown as InvoiceLine['pricing'])
    : null;

export const amountOfItem = (item: Pick<SubscriptionItem, 'price' | 'quantity'>): number =>
  (item.price.unit_amount ?? 0) * item.quantity;

export function buildLine(fields: LineFields): InvoiceLine {
  const details = {
    proration: fields.isProration,
    proration_details: { credited_items: null },
    subscription: fields.subscription,
  };
  return {
    id: newStripeId('il'),
    object: 'line_item',
    amount: fields.amount,
    currency: fields.currency,
    description: fields.description,
    discount_amounts: [],
    discountable: fields.discountable,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: fields.metadata,
    parent: fields.subscriptionItem
      ? {
          invoice_item_details: null,
          subscription_item_details: {
            ...details,
            invoice_item: fields.invoiceItem,
            subscription_item: fields.subscriptionItem,
          },
          type: 'subscription_item_details',
        }
      : {
          invoice_item_details: { ...details, invoice_item: fields.invoiceItem ?? '' },
          subscription_item_details: null,
          type: 'invoice_item_details',
        },
    period: fields.period,
    pretax_credit_amounts: [],
    pricing: pricing(fields.price),
    quantity: fields.quantity,
    quantity_decimal: String(fields.quantity),
    subscription: fields.subscription,
    subtotal: fields.amount,
    taxes: [],
  };
}

export const lineOfInvoiceItem = (item: InvoiceItem): InvoiceLine => ({
  ...buildLine({
    amount: item.amount,
    currency: item.currency,
    description: item.description ?? '',
    price: null,
    quantity: item.quantity,
    period: item.period,
    discountable: item.discountable,
    subscription: item.sandbox.subscription,
    subscriptionItem: null,
    invoiceItem: item.id,
    isProration: item.proration,
    metadata: item.metadata ?? {},
  }),
  pricing: item.pricing as InvoiceLine['pricing'],
});

/** The invoice with these lines, its discounts and its sums. */
export async function withLines(core: SandboxCore, invoice: Invoice, lines: InvoiceLine[]): Promise<Invoice> {
  const subtotal = lines.reduce((sum, line) => sum + line.amount, 0);
  const discountable = lines.filter((line) => line.discountable).reduce((sum, line) => sum + line.amount, 0);
  const discounts = await applyDiscounts(core, invoice.discounts, discountable);
  const total = subtotal - discounts.reduce((sum, { amount }) => sum + amount, 0);
  return {
    ...invoice,
    lines: {
      object: 'list',
      data: spread(lines, discounts, discountable).map((line) => ({ ...line, invoice: invoice.id })),
      has_more: false,
      url: `/v1/invoices/${invoice.id}/lines`,
    },
    amount_due: Math.max(0, total),
    amount_remaining: Math.max(0, total),
    subtotal,
    subtotal_excluding_tax: subtotal,
    total,
    total_excluding_tax: total,
    total_discount_amounts: discounts,
  };
}

/** Each discount over the lines it takes from, to the cent. */
function spread(
  lines: InvoiceLine[],
  discounts: { amount: number; discount: string }[],
  discountable: number,
): InvoiceLine[] {
  const result = lines.map((line) => ({
    ...line,
    discount_amounts: [] as { amount: number; discount: string }[],
  }));
  const takers = result.filter((line) => line.discountable && line.amount > 0);
  for (const { amount, discount } of discounts) {
    let left = amount;
    for (const [i, line] of takers.entries()) {
      const part = i === takers.length - 1 ? left : Math.round((amount * line.amount) / discountable);
      line.discount_amounts.push({ amount: part, discount });
      left -= part;
    }
  }
  return result;
}
