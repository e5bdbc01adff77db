import { auditEvents } from '../../../db/schema/index.ts';
import { newId } from '../../lib/ids.ts';
import type { Context } from '../context.ts';

export interface AuditEventInput {
  /** The organization acted on; null for platform-wide acts. */
  organizationId: string | null;
  /** `user.suspended`, `service.published`: noun and past participle. */
  action: string;
  subjectId?: string | null;
  before?: Record<string, unknown> | null;
  after?: Record<string, unknown> | null;
}

const SECRET_FIELD = /password|secret|token|hash|credential|apiKey/i;

/** The trail outlives every right to see a secret, so none gets in. */
function redact(fields: Record<string, unknown> | null | undefined): Record<string, unknown> | null {
  if (!fields) return null;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (SECRET_FIELD.test(name)) return [name, '[redacted]'];
      return [name, typeof value === 'bigint' ? value.toString() : value];
    }),
  );
}

function actorName(ctx: Context): string {
  if (ctx.actor.type === 'user') return ctx.actor.userId;
  return ctx.actor.type === 'system' ? `system:${ctx.actor.job}` : 'anonymous';
}

/** Records what the actor did, in the caller's transaction: no act without its trace. */
export async function appendAuditEvent(ctx: Context, input: AuditEventInput): Promise<void> {
  await ctx.db.insert(auditEvents).values({
    id: newId('auditEvent'),
    organizationId: input.organizationId,
    actor: actorName(ctx),
    action: input.action,
    subjectId: input.subjectId ?? null,
    before: redact(input.before),
    after: redact(input.after),
    ipAddress: ctx.ipAddress,
    requestId: ctx.requestId,
  });
}
