/** The append-only trail of what people did. */
export { appendAuditEvent, type AuditEventInput } from './append-audit-event.ts';
