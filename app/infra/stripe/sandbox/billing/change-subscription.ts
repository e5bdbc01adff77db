/**
 * A change of prices, quantities, anchor or trial: what the subscription becomes, and what of the running
 * period is credited and charged for it (https://docs.stripe.com/billing/subscriptions/prorations). Nothing
 * is stored here, so that a preview is the same sum.
 */
import type { SandboxCore } from '../core.ts';
import type { Price, Subscription, SubscriptionItem } from '../objects.ts';
import { invalidRequest, resourceMissing } from '../sandbox-error.ts';
import { applyDiscounts } from './discounts.ts';
import { amountOfItem } from './invoice-lines.ts';
import { addIntervals, periodEndAfter, prorate } from './periods.ts';
import { buildItem, productName, recurrenceOf } from './subscriptions.ts';

export interface ItemChange {
  id?: string;
  price?: string;
  quantity?: number;
  deleted?: boolean;
}

export interface SubscriptionChange {
  items?: ItemChange[];
  prorationBehavior?: string;
  prorationDate?: number;
  billingCycleAnchor?: string;
  trialEnd?: 'now' | number;
}

export interface Proration {
  amount: number;
  description: string;
  item: SubscriptionItem;
  period: { start: number; end: number };
}

export interface PlannedChange {
  next: Subscription;
  prorations: Proration[];
  /** A new period begins now and is billed now. */
  startsPeriod: boolean;
}

export async function planChange(
  core: SandboxCore,
  before: Subscription,
  change: SubscriptionChange,
): Promise<PlannedChange> {
  const now = core.now();
  const first = before.items.data[0];
  if (!first) throw invalidRequest('The subscription has no items.');
  const { current_period_start: start, current_period_end: end } = first;
  const at = change.prorationDate ?? now;
  if (at < start || at > end) {
    throw invalidRequest(
      'Cannot specify `proration_date` outside of the current billing period.',
      'proration_date',
    );
  }
  const { kept, removed } = await changeItems(core, before, change.items ?? []);
  const old = before.items.data;
  const newFirst = kept[0] ?? first;
  const recurrence = recurrenceOf(newFirst.price);
  const isTrialing = before.status === 'trialing';
  const endsTrial = isTrialing && change.trialEnd === 'now';
  const startsTrial = typeof change.trialEnd === 'number' && change.trialEnd > now;
  const changesInterval = !isSameRecurrence(first.price, newFirst.price);
  const becomesPaid =
    old.every((item) => amountOfItem(item) === 0) && kept.some((item) => amountOfItem(item) > 0);
  const resetsAnchor = change.billingCycleAnchor === 'now';
  const startsPeriod =
    !startsTrial && (endsTrial || resetsAnchor || (!isTrialing && (changesInterval || becomesPaid)));

  let period = { start, end };
  let anchor = before.billing_cycle_anchor;
  if (startsTrial) {
    period = { start: now, end: change.trialEnd as number };
    anchor = period.end;
  } else if (startsPeriod) {
    period = { start: now, end: addIntervals(now, recurrence, 1) };
    anchor = now;
  } else if (!isTrialing) {
    period = { start, end: periodEndAfter(anchor, recurrence, start) };
  }
  const data = kept.map((item) => ({
    ...item,
    current_period_start: period.start,
    current_period_end: period.end,
  }));
  const next: Subscription = {
    ...before,
    billing_cycle_anchor: anchor,
    cancel_at: before.cancel_at_period_end ? period.end : before.cancel_at,
    items: { ...before.items, data },
    ...(startsTrial && { status: 'trialing', trial_start: before.trial_start ?? now, trial_end: period.end }),
    ...(endsTrial && { status: 'active', trial_end: now }),
  };
  const prorations =
    isTrialing || change.prorationBehavior === 'none'
      ? []
      : await prorationsOf(core, before, {
          old,
          kept,
          removed,
          at,
          end,
          isWhole: startsPeriod || startsTrial,
        });
  return { next, prorations, startsPeriod };
}

const isSameRecurrence = (a: Price, b: Price): boolean =>
  a.recurring?.interval === b.recurring?.interval &&
  a.recurring?.interval_count === b.recurring?.interval_count;

async function changeItems(core: SandboxCore, before: Subscription, changes: ItemChange[]) {
  let kept = [...before.items.data];
  const removed: SubscriptionItem[] = [];
  for (const [i, change] of changes.entries()) {
    const price = change.price ? await core.state.get<Price>('price', change.price) : null;
    if (price) recurrenceOf(price);
    if (change.id) {
      const item = kept.find(({ id }) => id === change.id);
      if (!item) throw resourceMissing('subscription_item', change.id, `items[${i}][id]`);
      if (change.deleted) {
        removed.push(item);
        kept = kept.filter((one) => one !== item);
        continue;
      }
      const built = price
        ? { ...buildItem(core, before.id, { price, quantity: item.quantity }, periodOf(item)), id: item.id }
        : item;
      const changed = {
        ...built,
        created: item.created,
        metadata: item.metadata,
        quantity: change.quantity ?? item.quantity,
      };
      kept = kept.map((one) => (one === item ? changed : one));
    } else if (price) {
      const first = before.items.data[0];
      if (first)
        kept.push(buildItem(core, before.id, { price, quantity: change.quantity ?? 1 }, periodOf(first)));
    } else {
      throw invalidRequest('You must specify either an id or a price.', `items[${i}]`);
    }
  }
  if (kept.length === 0) throw invalidRequest('A subscription must have at least one active item.', 'items');
  if (
    new Set(kept.map((item) => `${item.price.recurring?.interval}/${item.price.recurring?.interval_count}`))
      .size > 1
  )
    throw invalidRequest('Items with different intervals are not part of the sandbox.', 'items');
  return { kept, removed };
}

const periodOf = (item: SubscriptionItem) => ({
  start: item.current_period_start,
  end: item.current_period_end,
});

interface ProrationFacts {
  old: SubscriptionItem[];
  kept: SubscriptionItem[];
  removed: SubscriptionItem[];
  /** Moment the rest is counted from. */
  at: number;
  end: number;
  /** The whole running period gives way to a new one. */
  isWhole: boolean;
}

/** Credits for what is not used any more, charges for what takes its place; by the second. */
async function prorationsOf(
  core: SandboxCore,
  before: Subscription,
  facts: ProrationFacts,
): Promise<Proration[]> {
  const { old, kept, at, end, isWhole } = facts;
  const day = new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
  const after = day.format(new Date(at * 1000));
  const result: Proration[] = [];
  const add = async (item: SubscriptionItem, sign: 1 | -1, words: string) => {
    const full = amountOfItem(item);
    const off = await applyDiscounts(core, before.discounts, full);
    const net = full - off.reduce((sum, { amount }) => sum + amount, 0);
    const amount = sign * prorate(net, end - at, item.current_period_end - item.current_period_start);
    if (amount === 0) return;
    const name = await productName(core, item.price);
    result.push({
      amount,
      description: `${words} ${item.quantity > 1 ? `${item.quantity} × ` : ''}${name} after ${after}`,
      item,
      period: { start: at, end },
    });
  };
  for (const item of old) {
    const now = kept.find(({ id }) => id === item.id);
    const isSame = now && now.price.id === item.price.id && now.quantity === item.quantity;
    if (!isSame || isWhole) await add(item, -1, 'Unused time on');
    if (now && !isSame && !isWhole)
      await add(
        {
          ...now,
          current_period_start: item.current_period_start,
          current_period_end: item.current_period_end,
        },
        1,
        'Remaining time on',
      );
  }
  if (isWhole) return result;
  for (const item of kept) if (!old.some(({ id }) => id === item.id)) await add(item, 1, 'Remaining time on');
  return result;
}
