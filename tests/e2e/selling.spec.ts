import { expect, test, unique } from './fixtures.ts';
import { listService, logIn, register } from './journeys.ts';
import { text } from './texts.ts';

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with scripts' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a seller adds keys and an upstream, sets routing and cache, and gives the API a path', async ({
      page,
      upstream,
    }) => {
      await register(page, 'seller');
      await listService(page, { baseUrl: upstream.url, secret: unique('sk'), callPrice: '0.001' });
      const main = page.locator('main');
      const press = (key: string) => main.getByRole('button', { name: text(key), exact: true }).click();
      const service = new URL(page.url()).pathname.split('/')[3]!;
      const tabTo = (name: string) => page.goto(`/seller/services/${service}/${name}`);

      await tabTo('connection');
      await main.locator('a[href*="/upstreams/ups_"]').click();
      await main.locator('[name=secrets]').fill('sk-one\nsk-two\nsk-one');
      await press('seller:pool.add');
      await expect(main).toContainText(text('seller:pool.skipped.duplicate', { line: 3 }));
      await expect(main.getByRole('row')).toHaveCount(4);

      await main.locator('a[href*="?key="]').last().click();
      await main.locator('#key [name=label]').fill('Night shift');
      await main.locator('#key [name=intent][value=save-key]').click();
      await expect(main.getByRole('table')).toContainText('Night shift');

      await tabTo('routing');
      await main.locator('[name=strategy][value=weighted]').check();
      await press('seller:service.save');
      await expect(main.locator('[name=strategy][value=weighted]')).toBeChecked();

      await tabTo('limits');
      await main.locator('[name=cacheMode][value=on]').check();
      await main.locator('[name=cacheTtlSeconds]').fill('100000');
      await press('seller:service.save');
      await expect(main).toContainText(text('errors:field.too_big', { max: 86_400 }));
      await main.locator('[name=cacheTtlSeconds]').fill('60');
      await press('seller:service.save');
      await expect(main.locator('[name=cacheTtlSeconds]')).toHaveValue('60');
      await press('seller:proxySecret.generate');
      await expect(main.locator('pre')).toContainText('x-tollgate-proxy-secret: tgps_');

      await tabTo('paths');
      const path = unique('hello').toLowerCase();
      await main.locator('[name=path]').fill(path);
      await press('seller:paths.add');
      await expect(main.getByRole('table')).toContainText(`/${path}`);
    });
  });
}

test.describe('administrators without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('add a provider, bind a path to it, and remove both', async ({ page, upstream, firstRun }) => {
    const name = unique('Provider');
    const path = unique('ask').toLowerCase();
    await logIn(page, firstRun.admin);
    const main = page.locator('main');
    await page.goto('/admin/providers');
    await main.locator('[name=name]').fill(name);
    await main.locator('[name=baseUrl]').fill(`${upstream.url}/v1`);
    await main.locator('[name=apiKey]').fill(unique('sk'));
    await main.getByRole('button', { name: text('seller:providers.add') }).click();
    await expect(main.getByRole('table')).toContainText(name);

    await page.goto('/admin/endpoints');
    await main.locator('[name=path]').fill('admin/mine');
    await main.getByRole('button', { name: text('seller:paths.add') }).click();
    await expect(main).toContainText(text('errors:field.reserved'));
    await main.locator('[name=path]').fill(path);
    await main.locator('[name=service]').selectOption({ label: `${name} (${name.toLowerCase()})` });
    await main.getByRole('button', { name: text('seller:paths.add') }).click();
    await expect(main.getByRole('table')).toContainText(`/${path}`);

    await page.goto('/admin/providers');
    await main.getByRole('link', { name }).click();
    await main.locator('summary', { hasText: text('seller:providers.delete') }).click();
    await main
      .locator('details')
      .getByRole('button', { name: text('seller:providers.delete') })
      .click();
    await expect(main).not.toContainText(name);
    await page.goto('/admin/endpoints');
    await expect(main).not.toContainText(path);
  });
});
