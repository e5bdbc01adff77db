import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { logIn } from './journeys.ts';
import { LINKED, PAGES, type Reader } from './pages.ts';

// Each reader looks alone, and most of the time goes by in axe.
test.describe.configure({ mode: 'parallel' });

const WIDTHS = [360, 1280];
const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What a theme can change; everything else was looked at in the other one. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

async function inspect(page: Page, where: string, scheme: string): Promise<string[]> {
  const problems: string[] = [];
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (overflow > 0) problems.push(`${where}: ${overflow} px wider than the window`);
  const axe = new AxeBuilder({ page });
  const { violations } = await (
    scheme === 'dark' ? axe.withRules(COLOUR_RULES) : axe.withTags(STANDARDS)
  ).analyze();
  for (const violation of violations) {
    const targets = violation.nodes.slice(0, 3).map((node) => node.target.join(' '));
    problems.push(`${where}: ${violation.id} (${violation.help}) at ${targets.join(' | ')}`);
  }
  return problems;
}

/** Loads each page once and looks at it in every width. */
async function inspectAll(page: Page, paths: string[], scheme: string): Promise<string[]> {
  const problems: string[] = [];
  for (const path of paths) {
    await page.setViewportSize({ width: WIDTHS[0]!, height: 800 });
    await page.goto(path);
    // Lazily loaded charts take part.
    await page.waitForLoadState('networkidle');
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      problems.push(...(await inspect(page, `${path} at ${width} px, ${scheme}`, scheme)));
    }
  }
  return problems;
}

/** Where a row of links leads. */
async function follow(page: Page, [start, ...links]: string[]): Promise<string> {
  let path = start!;
  for (const link of links) {
    await page.goto(path);
    path = (await page.locator(`main a[href*="${link}"]`).first().getAttribute('href'))!;
  }
  return path;
}

async function inspectInBothThemes(page: Page): Promise<string[]> {
  const problems: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    problems.push(...(await inspectAll(page, [page.url()], colorScheme)));
  }
  return problems;
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`pages in ${colorScheme}`, () => {
    test.use({ colorScheme, reducedMotion: 'reduce' } as object);
    for (const reader of Object.keys(PAGES) as Reader[]) {
      test(`a ${reader} can use them all, on a phone too`, async ({ page, firstRun }) => {
        // Some thirty pages, each looked at twice.
        test.setTimeout(600_000);
        if (reader !== 'visitor') await logIn(page, firstRun[reader]);
        const paths = [...PAGES[reader]];
        for (const links of LINKED[reader]) paths.push(await follow(page, links));
        if (reader === 'seller') {
          const href = await follow(page, ['/seller/services', '/seller/services/svc_']);
          const tabs = ['connection', 'upstreams/new', 'routing', 'limits', 'plans', 'plans/new', 'paths'];
          paths.push(href, ...tabs.map((tab) => `${href}/${tab}`), `${href}/plans/new?kind=tiered`);
          const plan = await follow(page, [`${href}/plans`, '/plans/pln_']);
          paths.push(plan, `${plan}/import`);
          await page.goto(`${href}/connection`);
          const upstream = await page.locator('main a[href*="/upstreams/ups_"]').first().getAttribute('href');
          await page.goto(upstream!);
          const key = await page.locator('main a[href*="?key="]').first().getAttribute('href');
          paths.push(upstream!, key!);
        }
        expect(await inspectAll(page, paths, colorScheme)).toEqual([]);
      });
    }
  });
}

test('an invitation to a private plan is accessible from its mail on, light and dark', async ({
  page,
  openContext,
  firstRun,
}) => {
  const admin = await (await openContext()).newPage();
  await logIn(admin, firstRun.admin);
  await admin.goto('/admin/mails');
  const mails = await admin.locator('main pre').allTextContents();
  const link = mails.map((mail) => /\/invitations\/[\w-]+/.exec(mail)?.[0]).find(Boolean);
  await logIn(page, firstRun.buyer);
  await page.goto(link!);
  await expect(page.locator('main')).toContainText('Partners');
  expect(await inspectInBothThemes(page)).toEqual([]);
});

test('the sandbox’s payment page and the page after it are accessible, light and dark', async ({
  page,
  firstRun,
}) => {
  await logIn(page, firstRun.buyer);
  await page.goto('/buyer/wallet');
  await page.locator('main form button[type=submit]').first().click();
  await expect(page).toHaveURL(/\/stripe-sandbox\/checkout\//);
  expect(await inspectInBothThemes(page)).toEqual([]);
  await page.locator('form button[type=submit]:not(.second)').click();
  await expect(page).toHaveURL(/\/buyer\/checkouts\/chk_/);
  expect(await inspectInBothThemes(page)).toEqual([]);
});
