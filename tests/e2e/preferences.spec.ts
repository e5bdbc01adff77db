import { expect, test } from './fixtures.ts';
import { logIn, register } from './journeys.ts';
import { text, textsOf, type Locale } from './texts.ts';

const LOCALES: Locale[] = ['en', 'zh-CN', 'zh-TW', 'ja'];

test.describe('languages', () => {
  for (const locale of LOCALES) {
    test(`are chosen on the page and kept: ${locale}`, async ({ page }) => {
      const t = textsOf(locale);
      await page.goto('/login');
      await page.locator(`button[name=locale][value="${locale}"]`).first().click();
      await expect(page.locator('html')).toHaveAttribute('lang', locale);
      await expect(page.locator('h1')).toHaveText(t('auth:login.title'));
      await expect(page).toHaveTitle(`${t('auth:login.title')} · Tollgate`);
      await page.goto('/register');
      await expect(page.locator('h1')).toHaveText(t('auth:register.title'));
      // An account made now speaks this language everywhere.
      await register(page, 'buyer', t);
      await page.context().clearCookies({ name: 'tollgate_locale' });
      await page.goto('/buyer');
      await expect(page.locator('html')).toHaveAttribute('lang', locale);
    });
  }

  for (const [header, locale] of [
    ['zh-HK,zh;q=0.9', 'zh-TW'],
    ['zh-Hant-TW', 'zh-TW'],
    ['zh-SG', 'zh-CN'],
    ['ja-JP,en;q=0.5', 'ja'],
    ['fr-FR,fr;q=0.9', 'en'],
  ] as const) {
    test(`follow the browser: ${header} reads ${locale}`, async ({ request }) => {
      const page = await (await request.get('/login', { headers: { 'accept-language': header } })).text();
      expect(page).toContain(`lang="${locale}"`);
      expect(page).toContain(textsOf(locale)('auth:login.title'));
    });
  }
});

test.describe('themes', () => {
  test('are in the first byte, so that nothing flashes', async ({ page }) => {
    await page.goto('/');
    await page.locator('button[name=theme][value=dark]').first().click();
    await expect(page.locator('html')).toHaveClass(/dark/);
    // The page changes at once; the choice is kept when the server has answered.
    const names = async () => (await page.context().cookies()).map(({ name }) => name);
    await expect.poll(names).toContain('tollgate_theme');
    const cookies = await page.context().cookies();
    const header = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const html = await (await page.request.get('/', { headers: { cookie: header } })).text();
    expect(html.slice(0, 400)).toMatch(/<html[^>]*class="[^"]*dark/);
    await page.locator('button[name=theme][value=light]').first().click();
    await expect(page.locator('html')).not.toHaveClass(/dark/);
  });

  test('follow the system while nobody chose', async ({ openContext }) => {
    const background = async (colorScheme: 'light' | 'dark') => {
      const context = await openContext({ colorScheme });
      const page = await context.newPage();
      await page.goto('/');
      const colour = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      return colour;
    };
    expect(await background('dark')).not.toBe(await background('light'));
  });
});

test('complaints in the console are heard, so that they fail tests', async ({ page, complaints }) => {
  await page.goto('/login');
  await page.evaluate("console.error('something is wrong')");
  await page.evaluate(
    "document.body.insertAdjacentHTML('beforeend', '<img src=\"http://192.0.2.1/x.png\">')",
  );
  await expect.poll(() => complaints.length).toBe(2);
  expect(complaints[0]).toContain('something is wrong');
  expect(complaints[1]).toContain('Content Security Policy');
  complaints.length = 0;
});

test.describe('the keyboard alone', () => {
  test('gets from the front page to a log-in, with a visible focus', async ({ page, firstRun }) => {
    await page.goto('/');
    await page.keyboard.press('Tab');
    const skip = page.locator(':focus');
    await expect(skip).toHaveAttribute('href', '#main');
    await page.keyboard.press('Enter');
    await page.goto('/login');
    await page.locator('main [name=login]').focus();
    await page.keyboard.type(firstRun.buyer.username);
    for (let i = 0; i < 4 && (await page.locator(':focus').getAttribute('name')) !== 'password'; i++) {
      await page.keyboard.press('Tab');
    }
    await page.keyboard.type(firstRun.buyer.password);
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/buyer/);
    await page.keyboard.press('Tab');
    const outline = await page.evaluate(() => {
      const style = getComputedStyle(document.activeElement!);
      return `${style.outlineStyle} ${style.outlineWidth} ${style.boxShadow}`;
    });
    expect(outline).not.toMatch(/^none 0px none$/);
  });

  test('opens a dialog, is kept inside, and gets back to where it was', async ({ page, firstRun }) => {
    await logIn(page, firstRun.buyer);
    await page.goto('/buyer/keys');
    const trigger = page.getByRole('button', { name: text('buyer:keys.revoke') }).first();
    await trigger.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await expect(dialog).toBeVisible();
    for (let i = 0; i < 8; i++) {
      await page.keyboard.press('Tab');
      expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true);
    }
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(trigger).toBeFocused();
  });
});
