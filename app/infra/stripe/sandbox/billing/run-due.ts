/** The engine: does what time has made due, in the order in which it became due. */
import { emitEvent, type SandboxCore } from '../core.ts';
import type { Account, CheckoutSession, Invoice, Payout, Subscription } from '../objects.ts';
import { runAccount, settlePayout } from '../connect/payouts.ts';
import { collectInvoice, finalizeInvoice } from './invoices.ts';
import { runSubscription } from './subscriptions.ts';

const MAX_STEPS = 5_000;

/** Everything of the core's clock that is due by `until`; each step sees the time at which it was due. */
export async function runDue(core: SandboxCore, until: number, maxSteps = MAX_STEPS): Promise<number> {
  for (let steps = 0; steps < maxSteps; steps += 1) {
    const due = await core.state.nextDue(until, core.testClock);
    if (!due) return steps;
    const at = due.sandbox.dueAt;
    // What a test clock skips over happens on its day; what the real time brought happens now.
    const now = core.testClock === null ? core.now() : at;
    await runStep({ ...core, now: () => now }, due);
  }
  return maxSteps;
}

async function runStep(core: SandboxCore, due: { object: string }): Promise<void> {
  switch (due.object) {
    case 'subscription':
      return runSubscription(core, due as Subscription);
    case 'invoice':
      return runInvoice(core, due as Invoice);
    case 'payout':
      return settlePayout(core, due as Payout);
    case 'account':
      return runAccount(core, due as Account);
    case 'checkout.session':
      await expireSession(core, due as CheckoutSession);
  }
}

async function runInvoice(core: SandboxCore, due: Invoice): Promise<void> {
  const invoice = due.status === 'draft' ? await finalizeInvoice(core, due) : due;
  if (invoice.status === 'open' && invoice.collection_method === 'charge_automatically')
    await collectInvoice(core, invoice, { offSession: true });
  else if (invoice.status === 'open') await emitEvent(core, 'invoice.sent', invoice);
}

export async function expireSession(core: SandboxCore, session: CheckoutSession): Promise<CheckoutSession> {
  const expired = await core.state.put<CheckoutSession>({
    ...session,
    status: 'expired',
    url: null,
    sandbox: { ...session.sandbox, dueAt: null },
  });
  await emitEvent(core, 'checkout.session.expired', expired);
  return expired;
}
