import { expect, test, unique } from './fixtures.ts';
import { listService, readKey, register, subscribe, topUp } from './journeys.ts';
import { text } from './texts.ts';

test.describe('the main job in a browser', () => {
  test('a seller lists an API, a buyer pays for it and calls it, both see the call and the money', async ({
    openContext,
    upstream,
  }) => {
    const seller = await (await openContext()).newPage();
    await register(seller, 'seller');
    const secret = unique('sk-upstream');
    const listing = await listService(seller, { baseUrl: upstream.url, secret, callPrice: '0.0125' });
    expect(await seller.content()).not.toContain(secret);

    const permissions = ['clipboard-read', 'clipboard-write'];
    const buyer = await (await openContext({ permissions })).newPage();
    await register(buyer, 'buyer');
    await topUp(buyer, '25.00');
    const key = await subscribe(buyer, listing);

    await buyer.getByRole('button', { name: text('buyer:issued.copyKey') }).click();
    expect(await buyer.evaluate(() => navigator.clipboard.readText())).toBe(key);

    const before = upstream.requests.length;
    const answer = await buyer.evaluate(
      async ({ slug, bearer }) => {
        const response = await fetch(`/proxy/v1/${slug}/hello?name=Ada`, {
          headers: { authorization: `Bearer ${bearer}` },
        });
        return {
          status: response.status,
          body: await response.text(),
          requestId: response.headers.get('x-request-id'),
        };
      },
      { slug: listing.slug, bearer: key },
    );
    expect(answer).toMatchObject({ status: 200, body: '{"greeting":"Hello, Ada!"}' });
    expect(upstream.requests.slice(before)).toHaveLength(1);
    expect(upstream.requests.at(-1)?.headers).toMatchObject({ authorization: `Bearer ${secret}` });
    // The session of the page is nobody's business but ours.
    expect(upstream.requests.at(-1)?.headers.cookie).toBeUndefined();

    // The key is gone from the page as soon as it is left.
    await buyer.goto('/buyer/keys');
    expect(await buyer.content()).not.toContain(key);
    await expect(buyer.locator('main')).toContainText(key.slice(-4));

    await expect(async () => {
      await buyer.goto('/buyer/usage');
      await expect(buyer.locator('main')).toContainText('$0.0125', { timeout: 500 });
      await expect(buyer.locator('main')).toContainText(listing.name, { timeout: 500 });
    }).toPass({ timeout: 30_000 });
    await expect(buyer.locator('main')).toContainText(answer.requestId ?? 'a request id');
    await buyer.goto('/buyer/wallet');
    await expect(buyer.locator('main')).toContainText('$24.9875');

    await expect(async () => {
      await seller.goto('/seller/earnings');
      await expect(seller.locator('main')).toContainText('$0.01125', { timeout: 500 });
      // Money is in the ledger at once; calls per API come with the next roll-up.
      await expect(seller.locator('main')).toContainText(listing.name, { timeout: 500 });
    }).toPass({ timeout: 30_000 });
  });

  test('a flat plan is paid at the checkout, activated by the webhook, and shows its key once', async ({
    page,
  }) => {
    await register(page, 'buyer');
    await page.goto('/services/toolbox/subscribe');
    await page.getByText('Workshop').first().click();
    await page.getByRole('button', { name: text('buyer:subscribe.submitFlat') }).click();
    await expect(page).toHaveURL(/\/stripe-sandbox\/checkout\//);
    await page.locator('form button[type=submit]:not(.second)').click();
    await expect(page).toHaveURL(/\/buyer\/checkouts\/chk_/);
    await page.getByRole('button', { name: text('buyer:checkout.showKey') }).click({ timeout: 20_000 });
    const key = await readKey(page);
    const status = await page.evaluate(async (bearer) => {
      const response = await fetch('/proxy/v1/toolbox/convert?value=1&from=mi&to=km', {
        headers: { authorization: `Bearer ${bearer}` },
      });
      return response.status;
    }, key);
    expect(status).toBe(200);
  });

  test('a plan that was just chosen is the one ordered, by who is quicker than the page too', async ({
    page,
  }) => {
    await register(page, 'buyer');
    await page.goto('/services/toolbox/subscribe');
    const order = page.getByRole('region', { name: text('buyer:subscribe.review') });
    const submit = order.getByRole('button');
    await page.getByText('Workshop').first().click();
    await expect(order).toContainText('Workshop');
    await page.waitForLoadState('networkidle');
    const slow = Promise.withResolvers<void>();
    await page.route('**/subscribe.data?*', async (route) => {
      await slow.promise;
      await route.continue();
    });
    await page.locator('main').getByText('Studio', { exact: true }).first().click();
    await expect(submit).toBeDisabled();
    await submit.click({ force: true });
    slow.resolve();
    await expect(order).toContainText('Studio');
    await submit.click();
    await expect(page).toHaveURL(/\/stripe-sandbox\/checkout\//);
    // Studio is tried for nothing, Workshop is not.
    await expect(page.getByTestId('checkout-total')).toContainText('0.00');
  });

  test('a declined card leaves everything as it was', async ({ page }) => {
    await register(page, 'buyer');
    await page.goto('/buyer/wallet');
    await page.getByRole('button', { name: text('wallet:topUp.submit') }).click();
    await page.locator('[name=number]').fill('4000 0000 0000 0002');
    await page.locator('form button[type=submit]:not(.second)').click();
    await expect(page.getByRole('alert')).toBeVisible();
    await page.goto('/buyer/wallet');
    await expect(page.locator('main')).toContainText('$0.00');
  });
});
