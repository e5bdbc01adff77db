import { createTransport } from 'nodemailer';
import type { Config } from '../config.ts';
import type { Mailer, OutgoingMail } from './mailer.ts';

const SMTP_DEADLINE_MS = 10_000;
const MAX_CONNECTIONS = 2;

/**
 * SMTP when it is configured. Otherwise the outbox: `send` has nothing to do, because the row in the
 * mails table already is what the outbox page shows.
 */
export function createMailer({ smtp }: { smtp: Config['smtp'] }): Mailer {
  return smtp ? createSmtpMailer(smtp) : createOutboxMailer();
}

function createOutboxMailer(): Mailer {
  return { kind: 'outbox', send: () => Promise.resolve(), close: () => Promise.resolve() };
}

function createSmtpMailer({ url, from }: NonNullable<Config['smtp']>): Mailer {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: MAX_CONNECTIONS,
    connectionTimeout: SMTP_DEADLINE_MS,
    greetingTimeout: SMTP_DEADLINE_MS,
    socketTimeout: SMTP_DEADLINE_MS,
    // A mail's text must never make the sender read files or fetch addresses.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = senderDomain(from);
  return {
    kind: 'smtp',
    /** @throws the SMTP client's error; the job that called retries with the same id. */
    async send({ id, to, subject, text }: OutgoingMail) {
      await transport.sendMail({
        from,
        to,
        subject,
        text,
        messageId: `<${id}@${domain}>`,
        headers: { 'auto-submitted': 'auto-generated' },
      });
    },
    async close() {
      transport.close();
    },
  };
}

function senderDomain(from: string): string {
  return /@([^\s<>@]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
}
