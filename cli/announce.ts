/** What a started program tells the person in front of it. */
import type { Platform } from '../app/platform.ts';
import { readFirstRun, type FirstRun } from '../db/seed/first-run.ts';

/** Prints the address, what each outside system is, log-ins, and calls that work as printed. */
export async function announce(platform: Platform): Promise<void> {
  const { config } = platform;
  const lines = [
    '',
    `  Tollgate is ready     ${platform.publicUrl}`,
    '',
    `  Database   ${config.databaseUrl ? `PostgreSQL at ${new URL(config.databaseUrl).host}` : `embedded PostgreSQL in ${config.dataDir}`}`,
    `  Store      ${platform.store.kind === 'redis' ? 'Redis' : 'memory (one web process only; set REDIS_URL for more)'}`,
    `  Payment    ${{ live: 'Stripe', test: 'Stripe, test mode', sandbox: 'sandbox on loopback, no money moves' }[platform.payments.mode]}`,
    `  Mail       ${platform.mailer.kind === 'smtp' ? 'SMTP' : `outbox at ${platform.publicUrl}/admin/mails`}`,
  ];
  const { sandbox } = platform.payments;
  if (sandbox)
    lines.push(`  Sandbox    ${platform.publicUrl}/stripe-sandbox/control/${sandbox.controlToken}`);
  const firstRun = readFirstRun(config.dataDir);
  if (config.demo && firstRun) lines.push(...describeDemo(firstRun, platform));
  console.log(lines.join('\n'), '\n');
}

function describeDemo(firstRun: FirstRun, platform: Platform): string[] {
  const { admin, seller, buyer, key, path, services = [] } = firstRun;
  const accounts = [
    ['Administrator', admin],
    ['Seller', seller],
    ['Buyer', buyer],
  ] as const;
  const base = platform.config.proxyPublicBaseUrl ?? platform.publicUrl;
  const lines = ['', '  Log in (first-run passwords, also in first-run.json):'];
  for (const [label, account] of accounts) {
    if (account?.password)
      lines.push(`    ${label.padEnd(15)}${account.username.padEnd(14)}${account.password}`);
  }
  const rest = services.find((service) => service.kind === 'http');
  const llm = services.find((service) => service.kind === 'llm');
  if (key && rest) {
    lines.push('', '  Call the demo services through the gateway:', '');
    lines.push(
      `    curl -sS '${base}/proxy/v1/${rest.slug}/convert?value=26.2&from=mi&to=km' -H 'Authorization: Bearer ${key}'`,
    );
  }
  if (key && llm) {
    const call = (path: string, body: object) =>
      `    curl -sSN '${base}${path}' -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
    const messages = [{ role: 'user', content: 'Read this to me.' }];
    lines.push('', call('/v1/chat/completions', { model: 'demo-reader-1', stream: true, messages }));
    lines.push('', call(`/llm/${llm.slug}/v1/chat/completions`, { model: 'demo-reader-1', messages }));
    if (path) lines.push('', call(`/${path}`, { messages }));
  }
  return lines;
}
