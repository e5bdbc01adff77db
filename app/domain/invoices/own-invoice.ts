/** Finding an invoice for those who may: its buyer, or an administrator. */
import { and, eq } from 'drizzle-orm';
import { invoices, type Invoice } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireActor, requirePlatformAdmin, type Context } from '../context.ts';
import { invoiceIdSchema } from './schemas.ts';

const missing = () => new AppError('not_found', 'There is no such invoice.');

/** An invoice of the acting organization. */
export async function requireOwnInvoice(ctx: Context, input: { invoiceId: string }): Promise<Invoice> {
  const { organizationId } = requireActor(ctx);
  const { invoiceId } = parseInput(invoiceIdSchema, input);
  const own = and(eq(invoices.id, invoiceId), eq(invoices.organizationId, organizationId));
  const [invoice] = await ctx.db.select().from(invoices).where(own);
  if (!invoice) throw missing();
  return invoice;
}

/** Any invoice, for platform administrators. */
export async function requireAnyInvoice(ctx: Context, input: { invoiceId: string }): Promise<Invoice> {
  requirePlatformAdmin(ctx);
  const { invoiceId } = parseInput(invoiceIdSchema, input);
  return readInvoice(ctx, invoiceId);
}

/** For verbs that have checked who asks. */
export async function readInvoice(ctx: Pick<Context, 'db'>, invoiceId: string): Promise<Invoice> {
  const [invoice] = await ctx.db.select().from(invoices).where(eq(invoices.id, invoiceId));
  if (!invoice) throw missing();
  return invoice;
}

/** The same, and nobody else changes it until the transaction ends. Lock its wallet first. */
export async function lockInvoice(tx: Pick<Context, 'db'>, invoiceId: string): Promise<Invoice> {
  const [invoice] = await tx.db.select().from(invoices).where(eq(invoices.id, invoiceId)).for('update');
  if (!invoice) throw missing();
  return invoice;
}

/** Acts for the platform where the actor was checked before: postings are the program's own. */
export function asSystem(ctx: Context, job: string): Context {
  return { ...ctx, actor: { type: 'system', job } };
}
