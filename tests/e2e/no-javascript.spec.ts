import { expect, test, unique } from './fixtures.ts';
import { listService, logIn, register, subscribe, topUp } from './journeys.ts';
import { text, textsOf } from './texts.ts';

test.use({ javaScriptEnabled: false });

test.describe('without JavaScript', () => {
  test('a seller lists an API; a buyer tops up, subscribes, revokes a key and cancels', async ({
    openContext,
    page,
    upstream,
    request,
  }) => {
    await register(page, 'seller');
    const listing = await listService(page, {
      baseUrl: upstream.url,
      secret: unique('sk'),
      callPrice: '0.001',
    });

    const context = await openContext({ javaScriptEnabled: false });
    const buyer = await context.newPage();
    const account = await register(buyer, 'buyer');
    await topUp(buyer, '10.00');
    const key = await subscribe(buyer, listing);
    const call = async () =>
      (
        await request.get(`/proxy/v1/${listing.slug}/hello`, { headers: { authorization: `Bearer ${key}` } })
      ).status();
    expect(await call()).toBe(200);

    await buyer.goto('/buyer/usage');
    await expect(buyer.getByRole('heading', { level: 1 })).toHaveText(text('buyer:usage.title'));

    await buyer.goto('/buyer/keys');
    await buyer
      .locator('summary', { hasText: text('buyer:keys.revoke') })
      .first()
      .click();
    await buyer
      .getByRole('button', { name: text('buyer:keys.confirmRevoke') })
      .first()
      .click();
    await expect.poll(call, { timeout: 3_000 }).toBe(401);

    await buyer.goto('/buyer/subscriptions');
    await buyer
      .locator('summary', { hasText: text('buyer:subscriptions.cancel') })
      .first()
      .click();
    await buyer
      .getByRole('button', { name: text('buyer:subscriptions.confirmCancel') })
      .first()
      .click();
    await expect(buyer.locator('main')).not.toContainText(listing.name);

    await context.clearCookies();
    await logIn(buyer, account);
  });

  test('a form comes back with what was typed and what is wrong', async ({ page }) => {
    await page.goto('/register');
    await page.locator('main [name=username]').fill('no spaces please');
    await page.locator('main [name=email]').fill('somebody@example.com');
    await page.locator('main [name=password]').fill('a long enough password');
    await page
      .locator('main')
      .getByRole('button', { name: text('auth:register.submit') })
      .click();
    const username = page.locator('main [name=username]');
    await expect(username).toHaveValue('no spaces please');
    await expect(username).toHaveAttribute('aria-invalid', 'true');
    await expect(page.locator('main [name=email]')).toHaveValue('somebody@example.com');
    await expect(page.locator('main [name=password]')).toHaveValue('');
  });

  test('language and theme are chosen by plain forms', async ({ page }) => {
    await page.goto('/');
    await page.locator('button[name=locale][value=ja]').first().click();
    await expect(page.locator('html')).toHaveAttribute('lang', 'ja');
    await expect(page.getByRole('link', { name: textsOf('ja')('common:menu.logIn') }).first()).toBeAttached();
    await page.locator('button[name=theme][value=dark]').first().click();
    await expect(page.locator('html')).toHaveClass(/dark/);
  });

  test('the catalogue is searched and filtered by address', async ({ page }) => {
    await page.goto('/?q=toolbox');
    await expect(page.locator('main').getByRole('link', { name: 'Toolbox' }).first()).toBeVisible();
    await page.goto('/?q=no-such-thing-anywhere');
    await expect(page.locator('main').getByRole('link', { name: 'Toolbox' })).toHaveCount(0);
  });
});
