import { expect, test } from './fixtures.ts';
import { choosePlan, logIn, payWith, readKey, register } from './journeys.ts';
import { text } from './texts.ts';

const CARDS = {
  good: '4242 4242 4242 4242',
  declined: '4000 0000 0000 0002',
  secured: '4000 0027 6000 3184',
};

// The demo has one draft to finalize: there is no second try.
test.describe.configure({ retries: 0 });

test('money goes in by card, is spent on plans and calls within a budget, and comes back when contested', async ({
  openContext,
  firstRun,
}) => {
  test.setTimeout(240_000);
  const buyer = await (await openContext()).newPage();
  const main = buyer.locator('main');
  const press = (key: string, values?: Record<string, string>) =>
    main.getByRole('button', { name: text(key, values), exact: true }).click();
  const name = (await register(buyer, 'buyer')).username;

  await test.step('a declined card is told, one with 3-D Secure asks its owner and pays', async () => {
    await buyer.goto('/buyer/wallet');
    await press('wallet:topUp.submit');
    await payWith(buyer, CARDS.declined);
    await expect(buyer.getByRole('alert')).toContainText(/declined/i);
    await payWith(buyer, CARDS.secured);
    await expect(buyer).toHaveURL(/\/challenge\//);
    await buyer.locator('button[name=outcome][value=complete]').click();
    await expect(buyer).toHaveURL(/\/buyer\/checkouts\/chk_/);
    await expect(buyer.getByText(text('buyer:checkout.toppedUpTitle'))).toBeVisible({ timeout: 20_000 });
  });

  await test.step('a plan with a fee is tried for nothing', async () => {
    await choosePlan(buyer, 'toolbox', 'Studio');
    await expect(buyer.getByTestId('checkout-total')).toContainText('0.00');
    await payWith(buyer, CARDS.good);
    await expect(buyer).toHaveURL(/\/buyer\/checkouts\/chk_/);
    await main.getByRole('button', { name: text('buyer:checkout.showKey') }).click({ timeout: 20_000 });
    await readKey(buyer);
  });

  await test.step('an upgrade costs what its preview says', async () => {
    await buyer.goto('/buyer/subscriptions');
    await main.locator('a[href*="/buyer/subscriptions/sub_"]').first().click();
    await expect(main).toContainText('$19.00');
    await main.getByRole('listitem').filter({ hasText: 'Factory' }).getByRole('button').click();
    await expect(main).toContainText(text('payments:change.reviewTitle', { plan: 'Factory' }));
    await expect(
      main.locator('dt', { hasText: text('payments:change.dueToday') }).locator('+ dd'),
    ).toHaveText('$49.00');
    await press('payments:change.confirm', { plan: 'Factory' });
    await expect(async () => {
      await buyer.reload();
      await expect(main).toContainText(text('payments:subscription.description', { plan: 'Factory' }), {
        timeout: 500,
      });
      await expect(main.getByRole('table')).toContainText('$49.00', { timeout: 500 });
    }).toPass({ timeout: 30_000 });
  });

  await test.step('a budget bounds what calls may cost', async () => {
    await buyer.goto('/buyer/budgets');
    await main.locator('[name=amount]').last().fill('5');
    await press('budgets:add.submit');
    await expect(main).toContainText('$5.00');
  });

  const dispute = await test.step('a charged call is contested', async () => {
    await choosePlan(buyer, 'reader', 'Pay per token');
    const key = await readKey(buyer);
    const answer = await buyer.request.post('/llm/reader/v1/chat/completions', {
      headers: { authorization: `Bearer ${key}` },
      data: { model: 'demo-reader-1', messages: [{ role: 'user', content: 'Read this to me.' }] },
    });
    expect(answer.status()).toBe(200);
    const call = answer.headers()['x-request-id']!;
    await expect(async () => {
      expect((await buyer.goto(`/buyer/requests/${call}`))?.status()).toBe(200);
    }).toPass({ timeout: 20_000 });
    await main.locator(`a[href="/receipts/${call}"]`).click();
    await expect(main).toContainText(call);
    await buyer.goto(`/buyer/disputes?request=${call}`);
    await main.locator('[name=reason]').selectOption('wrong_amount');
    await main.locator('[name=description]').fill('It read something else to me.');
    await press('disputes:open.submit');
    await expect(buyer).toHaveURL(/\/buyer\/disputes\/dsp_/);
    return new URL(buyer.url()).pathname.split('/').at(-1)!;
  });

  await test.step('an administrator finalizes an invoice and decides the dispute', async () => {
    const admin = await (await openContext()).newPage();
    await logIn(admin, firstRun.admin);
    await admin.goto('/admin/invoices');
    const draft = admin.locator('main table a[href*="/admin/invoices/inv_"]').first();
    await draft.click();
    await admin
      .getByRole('button', { name: text('invoices:decide.approve') })
      .first()
      .click();
    await admin
      .getByRole('dialog')
      .getByRole('button', { name: text('invoices:decide.approve') })
      .click();
    await expect(admin.locator('h1')).toContainText(/INV-\d{6}/);

    await admin.goto(`/admin/disputes/${dispute}`);
    await expect(admin.locator('main')).toContainText(name);
    await admin.locator('main [name=note]').fill('The numbers are on your side.');
    await admin.getByRole('button', { name: text('disputes:decide.refund') }).click();
    // "Refunded" alone is a label that was there before.
    await expect(admin.locator('main')).toContainText('The numbers are on your side.');
    await expect(admin.locator('main')).toContainText(text('disputes:status.refunded'));
    await buyer.goto(`/buyer/disputes/${dispute}`);
    await expect(main).toContainText('The numbers are on your side.');
    await buyer.goto('/buyer/wallet');
    await expect(main).toContainText('$25.00');
  });

  await test.step('the seller sees what was earned and what was taken back', async () => {
    const seller = await (await openContext()).newPage();
    await logIn(seller, firstRun.seller);
    await seller.goto('/seller/earnings');
    await expect(seller.locator('main')).toContainText('Toolbox');
    await seller.goto(`/seller/disputes/${dispute}`);
    await expect(seller.locator('main')).toContainText(text('disputes:status.refunded'));
  });
});
