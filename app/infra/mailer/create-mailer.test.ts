import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMailer } from './create-mailer.ts';

let server: Server;
let url: string;
let mails: string[];
let refuse: boolean;

/** As much of RFC 5321 as one mail needs. */
beforeEach(async () => {
  mails = [];
  refuse = false;
  server = createServer((socket) => {
    let mail: string | null = null;
    let rest = '';
    socket.write('220 test\r\n');
    socket
      .on('error', () => undefined)
      .on('data', (chunk) => {
        const lines = (rest + chunk.toString()).split('\r\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          if (mail !== null) {
            if (line !== '.') mail += `${line}\n`;
            else {
              mails.push(mail);
              mail = null;
              socket.write('250 kept\r\n');
            }
          } else if (/^DATA/i.test(line)) {
            mail = '';
            socket.write('354 go on\r\n');
          } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
          else socket.write(refuse && /^RCPT/i.test(line) ? '451 later\r\n' : '250 ok\r\n');
        }
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => new Promise<void>((resolve) => void server.close(() => resolve())));

const mail = { id: 'mail_1', to: 'buyer@example.com', subject: 'Grüße', text: 'One line.\n.hidden\nEnd.' };

it('sends a mail with the id that makes a repetition recognisable', async () => {
  const mailer = createMailer({ smtp: { url, from: 'Tollgate <no-reply@market.example>' } });
  expect(mailer.kind).toBe('smtp');
  await mailer.send(mail);
  await mailer.send(mail);
  await mailer.close();
  expect(mails).toHaveLength(2);
  for (const sent of mails) {
    expect(sent).toContain('Message-ID: <mail_1@market.example>');
    expect(sent).toContain('To: buyer@example.com');
    expect(sent).toContain('One line.');
  }
});

it('rejects when the server does, so that the job tries again', async () => {
  refuse = true;
  const mailer = createMailer({ smtp: { url, from: 'no-reply@market.example' } });
  await expect(mailer.send(mail)).rejects.toThrow();
  await mailer.close();
  expect(mails).toHaveLength(0);
});

it('does not let a subject or an address add headers or recipients', async () => {
  const mailer = createMailer({ smtp: { url, from: 'no-reply@market.example' } });
  await mailer.send({ ...mail, subject: 'Hello\r\nBcc: other@example.com' });
  await mailer.close();
  expect(mails[0]).not.toMatch(/^Bcc:/im);
});

it('keeps mails in the outbox when no server is configured', async () => {
  const mailer = createMailer({ smtp: null });
  expect(mailer.kind).toBe('outbox');
  await expect(mailer.send(mail)).resolves.toBeUndefined();
  await mailer.close();
});
