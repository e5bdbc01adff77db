import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withTransaction } from '../../app/domain/context.ts';
import { listMails, queueMail, sendMail } from '../../app/domain/mails/index.ts';
import type { Mailer, OutgoingMail } from '../../app/infra/mailer/mailer.ts';
import { makeAdministrator, makeBuyer } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await createTestPlatform();
});
afterAll(() => platform.close());

const system = () => platform.createContext({ type: 'system', job: 'test' });
const MAIL = { to: 'someone@example.com', subject: 'Hello', text: 'Text', locale: 'en' };

function fakeMailer(kind: Mailer['kind'], failures = 0): Mailer & { sent: OutgoingMail[] } {
  const sent: OutgoingMail[] = [];
  let left = failures;
  return {
    kind,
    sent,
    send(mail) {
      if (left-- > 0) return Promise.reject(new Error('451 try later'));
      sent.push(mail);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

async function jobsOf(mailId: string): Promise<number> {
  const [row] = await platform.db.execute<{ count: number }>(
    sql`select count(*)::integer as count from graphile_worker.jobs where key = ${`send_mail:${mailId}`}`,
  );
  return row?.count ?? 0;
}

describe('mails', () => {
  it('exist exactly when the transaction that queued them commits, with the job that sends them', async () => {
    const id = await queueMail(system(), MAIL);
    expect(await jobsOf(id)).toBe(1);
    let lost = '';
    await expect(
      withTransaction(system(), async (tx) => {
        lost = await queueMail(tx, MAIL);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await jobsOf(lost)).toBe(0);
    const { ctx } = await makeAdministrator(platform);
    const ids = (await listMails(ctx)).map((mail) => mail.id);
    expect(ids).toContain(id);
    expect(ids).not.toContain(lost);
  });

  it('are sent once, and again under the same id while sending fails', async () => {
    const id = await queueMail(system(), MAIL);
    const mailer = fakeMailer('smtp', 1);
    const ctx = { ...system(), mailer };
    await expect(sendMail(ctx, { mailId: id })).rejects.toThrow('451');
    await sendMail(ctx, { mailId: id });
    await sendMail(ctx, { mailId: id });
    expect(mailer.sent).toEqual([{ id, to: MAIL.to, subject: MAIL.subject, text: MAIL.text }]);
  });

  it('stay queued in the outbox, because nothing left the house', async () => {
    const id = await queueMail(system(), MAIL);
    await sendMail({ ...system(), mailer: fakeMailer('outbox') }, { mailId: id });
    const { ctx } = await makeAdministrator(platform);
    expect((await listMails(ctx)).find((mail) => mail.id === id)?.sentAt).toBeNull();
  });

  it('cannot smuggle header lines', async () => {
    for (const bad of [{ subject: 'a\r\nBcc: x@example.com' }, { to: 'a@example.com\nb@example.com' }]) {
      await expect(queueMail(system(), { ...MAIL, ...bad })).rejects.toThrow();
    }
  });

  it('are listed for administrators only, and sent by jobs only', async () => {
    const buyer = await makeBuyer(platform);
    await expect(listMails(buyer.ctx)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(sendMail(buyer.ctx, { mailId: 'mail_x' })).rejects.toMatchObject({ code: 'forbidden' });
  });
});
