/** What people do on the pages, step by step; the same steps with and without scripts. */
import { expect, type Page } from '@playwright/test';
import { unique } from '../support/unique.ts';
import { text, type Text } from './texts.ts';

export interface Account {
  username: string;
  password: string;
}

const field = (page: Page, name: string) => page.locator(`main [name="${name}"]:not([type=radio])`);
const choice = (page: Page, name: string, value: string) =>
  page.locator(`main [name="${name}"][value="${value}"]`);

/** Registers as somebody new and lands in their area, logged in. */
export async function register(page: Page, role: 'seller' | 'buyer', t: Text = text): Promise<Account> {
  const account = { username: unique(role), password: `${unique('correct-horse')}-battery` };
  await page.goto(`/register?role=${role}`);
  await choice(page, 'role', role).check();
  await field(page, 'username').fill(account.username);
  await field(page, 'password').fill(account.password);
  await page
    .locator('main')
    .getByRole('button', { name: t('auth:register.submit') })
    .click();
  await expect(page).toHaveURL(role === 'seller' ? /\/seller/ : /\/buyer/);
  return account;
}

export async function logIn(page: Page, account: Account, t: Text = text): Promise<void> {
  await page.goto('/login');
  await field(page, 'login').fill(account.username);
  await field(page, 'password').fill(account.password);
  await page
    .locator('main')
    .getByRole('button', { name: t('auth:login.submit') })
    .click();
  await expect(page).not.toHaveURL(/\/login/);
}

export interface ListingOptions {
  baseUrl: string;
  secret: string;
  /** Price of one call, as decimal text. */
  callPrice: string;
}

export interface Listing {
  name: string;
  slug: string;
}

/** Lists an API: tests the connection, adds a plan per call, publishes. */
export async function listService(page: Page, options: ListingOptions): Promise<Listing> {
  const slug = unique('greetings');
  const name = `Greetings ${slug.slice(-8)}`;
  await page.goto('/seller/services/new');
  await field(page, 'name').fill(name);
  await field(page, 'slug').fill(slug);
  await field(page, 'summary').fill('Says hello to whoever asks.');
  await field(page, 'description').fill('Says **hello**.\n\n<script>alert(1)</script>');
  await field(page, 'baseUrl').fill(options.baseUrl);
  await field(page, 'auth.secret').fill(options.secret);

  await page.getByRole('button', { name: text('seller:test.run') }).click();
  const answer = page.getByRole('region', { name: text('seller:test.answer') });
  await expect(answer).toContainText('200');
  await expect(answer).toContainText('greeting');
  // What was typed is still there; secrets are not sent back, so without scripts it is typed again.
  await expect(field(page, 'name')).toHaveValue(name);
  await field(page, 'auth.secret').fill(options.secret);

  await page.getByRole('button', { name: text('seller:service.create') }).click();
  await expect(page).toHaveURL(/\/seller\/services\/svc_\w+\/plans/);
  await page.getByRole('link', { name: text('seller:plans.addFirst') }).click();
  await page.locator('main a[href$="kind=per_call"]').click();
  await field(page, 'name').fill('Pay per call');
  await field(page, 'prices.0.price').fill(options.callPrice);
  await page.getByRole('button', { name: text('pricing:new.add'), exact: true }).click();
  await expect(page).toHaveURL(/\/plans\/pln_\w+$/);
  await page.goto(page.url().replace(/\/pln_\w+$/, ''));
  await page.getByRole('button', { name: text('seller:service.publish') }).click();
  await expect(page.getByText(text('common:status.service.published')).first()).toBeVisible();
  return { name, slug };
}

/** Puts money into the wallet at the payment page. */
export async function topUp(page: Page, amount: string): Promise<void> {
  await page.goto('/buyer/wallet');
  await choice(page, 'amount', amount).check();
  await page.getByRole('button', { name: text('wallet:topUp.submit') }).click();
  await expect(page).toHaveURL(/\/stripe-sandbox\/checkout\//);
  await expect(page.getByTestId('checkout-total')).toContainText(amount);
  await page.locator('form button[type=submit]:not(.second)').click();
  await expect(page).toHaveURL(/\/buyer\/checkouts\/chk_/);
  // The webhook is the truth; the page waits for it by itself.
  await expect(page.getByText(text('buyer:checkout.toppedUpTitle'))).toBeVisible({ timeout: 20_000 });
}

/** From the storefront's search to a key, which is shown once. */
export async function subscribe(page: Page, listing: Listing): Promise<string> {
  await page.goto(`/?q=${encodeURIComponent(listing.slug)}`);
  await page.locator('main').getByRole('link', { name: listing.name }).first().click();
  await expect(page.locator('h1')).toHaveText(listing.name);
  await page.locator(`main a[href*="/services/${listing.slug}/subscribe"]`).first().click();
  await page.getByRole('button', { name: text('buyer:subscribe.submit'), exact: true }).click();
  await expect(page.getByText(text('buyer:issued.once')).first()).toBeVisible();
  return readKey(page);
}

/** The secret that the page shows, once it shows one. */
export async function readKey(page: Page): Promise<string> {
  const pattern = /tg_live_[0-9A-Za-z]{36}/;
  await expect(page.locator('main')).toContainText(pattern);
  return pattern.exec(await page.locator('main').innerText())![0];
}

/** Fills in the payment page; what comes next depends on the card. */
export async function payWith(page: Page, card: string): Promise<void> {
  const other = page.locator('[name=method][value=new]');
  if ((await other.count()) > 0) await other.check();
  await page.locator('[name=number]').fill(card);
  await page.locator('form button[type=submit]:not(.second)').click();
}

/** Subscribes to one plan of a service; ends at its key, or at the payment page where there is a fee. */
export async function choosePlan(page: Page, slug: string, plan: string): Promise<void> {
  await page.goto(`/services/${slug}/subscribe`);
  await page.locator('main').getByText(plan, { exact: true }).first().click();
  await expect(page.getByRole('region', { name: text('buyer:subscribe.review') })).toContainText(plan);
  await page
    .locator('main')
    .getByRole('button', {
      name: new RegExp(`^(${text('buyer:subscribe.submit')}|${text('buyer:subscribe.submitFlat')})$`),
    })
    .click();
}
