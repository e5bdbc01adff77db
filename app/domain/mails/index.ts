/** Mails on their way out. What others may use. */
export { listMails } from './list-mails.ts';
export { mailAdministrators, mailMembers, type WriteMail } from './mail-members.ts';
export { queueMail } from './queue-mail.ts';
export type { QueueMailInput } from './schemas.ts';
export { sendMail } from './send-mail.ts';
