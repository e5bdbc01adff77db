/** Hands a mail to the outside. Callers queue mails with `domain/mails`; a job sends them. */
export interface OutgoingMail {
  /** Message-ID stem; the same id is the same mail. */
  id: string;
  to: string;
  subject: string;
  text: string;
}

export interface Mailer {
  /** `outbox`: nothing is sent, the mail is read on the administrator's outbox page. */
  readonly kind: 'smtp' | 'outbox';
  send(mail: OutgoingMail): Promise<void>;
  close(): Promise<void>;
}
