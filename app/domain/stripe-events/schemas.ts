import { z } from 'zod';

/** What we read of a verified event; everything else is asked for anew. */
export const stripeEventSchema = z.object({
  id: z.string().min(1).max(255),
  type: z.string().min(1).max(255),
  created: z.number().int(),
  livemode: z.boolean(),
  /** The connected account it is about. */
  account: z.string().max(255).optional(),
  data: z.object({
    object: z.object({
      id: z.string().max(255).optional(),
      object: z.string().optional(),
      customer: z.unknown().optional(),
    }),
  }),
});
export type ParsedStripeEvent = z.infer<typeof stripeEventSchema>;

export const eventIdSchema = z.strictObject({ eventId: z.string().min(1).max(255) });
