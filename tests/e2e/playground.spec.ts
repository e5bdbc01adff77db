import type { JSHandle, Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { logIn } from './journeys.ts';
import { text } from './texts.ts';

const LONG_QUESTION =
  'The toll is small, the gate is wide, and every call is counted on the other side. '.repeat(3);

/** The answer repeats it, chunk by chunk: that takes seconds, so there is time to stop it on any machine. */
const LONG_WORD = 'gate'.repeat(1_500);

/** Every length that the text of an element has while it grows. */
function watchLengths(page: Page, selector: string): Promise<JSHandle<Set<number>>> {
  return page.evaluateHandle((watched) => {
    const seen = new Set<number>();
    const look = () => seen.add(document.querySelector(watched)?.textContent?.length ?? 0);
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
    return seen;
  }, selector);
}

test.describe('the playground', () => {
  test('streams an answer from the service page on, cancels one, and says what each cost', async ({
    page,
    firstRun,
  }) => {
    await logIn(page, firstRun.buyer);
    await page.goto('/services/reader');
    await page.getByRole('link', { name: text('storefront:service.tryIt') }).click();
    await expect(page).toHaveURL(/\/buyer\/playground\?service=reader/);

    const main = page.locator('main');
    const state = (name: string) => main.locator(`[data-run=${name}]`);
    const answer = main.locator('[data-turn=assistant]').last();
    const prompt = main.locator('[name=prompt]');
    await prompt.fill(LONG_QUESTION);
    // The code follows the form while it is typed, and holds no key.
    await expect(main.locator('pre').first()).toContainText('$TOLLGATE_KEY');
    await expect(main.locator('pre').first()).toContainText('the gate is wide');
    const lengths = await watchLengths(page, '[data-turn=assistant]');
    await prompt.press('Control+Enter');
    await expect(answer).toContainText('I read your text');
    await expect(state('done')).toBeVisible();
    // Token by token: it was seen at many lengths on its way.
    expect(await lengths.evaluate((seen) => seen.size)).toBeGreaterThan(5);
    await expect(state('done')).toContainText(text('buyer:playground.cost'));
    await expect(state('done')).toContainText('$0.00');
    await expect(page.locator('html')).not.toContainText('tg_live_');

    // A second question, stopped in the middle of its answer.
    await prompt.fill(LONG_WORD);
    await main.getByRole('button', { name: text('buyer:playground.send') }).click();
    await expect(answer).toContainText('gategate');
    // However long the answer has become, what stops it stays where it is.
    const cancel = main.getByRole('button', { name: text('buyer:playground.cancel') });
    await expect(cancel).toBeInViewport();
    await cancel.click();
    await expect(state('canceled')).toBeVisible();
    await expect(prompt).toHaveValue(LONG_WORD);
    const details = main.getByRole('link', { name: text('buyer:playground.details') });
    await details.click();
    await expect(page).toHaveURL(/\/buyer\/requests\/req_/);
    await expect(main).toContainText(text('buyer:request.states.client_gone'));
    await expect(main).toContainText(text('buyer:request.charged'));
  });

  test('asks two models the same, side by side, and says what each cost', async ({ page, firstRun }) => {
    await logIn(page, firstRun.buyer);
    await page.goto('/buyer/playground?service=reader&prompt=One+two+three&compare=demo-reader-claude');
    const main = page.locator('main');
    await main.locator('[name=prompt]').press('Control+Enter');
    await expect(main.locator('[data-turn=assistant]')).toHaveCount(2);
    await expect(main.locator('[data-run=done]')).toHaveCount(2);
    for (const answer of await main.locator('[data-turn=assistant]').all())
      await expect(answer).toContainText('3 words');
    for (const run of await main.locator('[data-run=done]').all())
      await expect(run).toContainText(text('buyer:playground.cost'));
    await expect(main.locator('li', { hasText: 'demo-reader-claude' })).toBeVisible();
    // The conversation goes on with the first one's answer alone.
    await main.locator('[name=prompt]').fill('And again');
    await expect(main.locator('pre').first()).toContainText('And again');
    expect((await main.locator('pre').first().textContent())!.match(/"role": "assistant"/g)).toHaveLength(1);
  });

  test('keeps an error as it came, beside what it means', async ({ page, firstRun }) => {
    await logIn(page, firstRun.buyer);
    await page.goto('/buyer/playground?service=reader&prompt=Hello&tools=[1]');
    const main = page.locator('main');
    await main.getByRole('button', { name: text('buyer:playground.send') }).click();
    await expect(main.locator('[data-run=failed]')).toContainText('400');
    await main.locator('summary', { hasText: text('buyer:playground.raw') }).click();
    await expect(main.locator('details[open] pre')).toContainText('"error"');
    // What was not answered can be sent again.
    await expect(main.locator('[name=prompt]')).toHaveValue('Hello');
  });

  test('keeps what was typed over a reload, and keys out of the address', async ({ page, firstRun }) => {
    await logIn(page, firstRun.buyer);
    await page.goto('/buyer/playground?service=toolbox');
    const main = page.locator('main');
    const path = main.locator('[name=path]');
    await path.fill('/units');
    await main.locator('[name=headers]').fill('Accept: text/csv\nX-Api-Key: hush\nX-Note: tg_live_abc');
    await expect(page).toHaveURL(/headers=Accept/);
    expect(decodeURIComponent(page.url())).not.toMatch(/hush|tg_live_/);
    await path.fill('/units?key=tg_live_abc');
    await expect(page).not.toHaveURL(/path=/);
    await path.fill('/units');
    await expect(page).toHaveURL(/path=%2Funits/);
    await page.reload();
    await expect(path).toHaveValue('/units');
    await expect(main.locator('[name=headers]')).toHaveValue('Accept: text/csv');
  });

  for (const dialect of ['anthropic', 'gemini'] as const) {
    test(`speaks ${dialect} to the same model`, async ({ page, firstRun }) => {
      await logIn(page, firstRun.buyer);
      await page.goto(`/buyer/playground?service=reader&dialect=${dialect}&prompt=One+two+three`);
      await page.getByRole('button', { name: text('buyer:playground.send') }).click();
      await expect(page.locator('[data-turn=assistant]')).toContainText('3 words');
      await expect(page.locator('[data-run=done]')).toBeVisible();
    });
  }

  test('calls a REST service and shows what came back', async ({ page, firstRun }) => {
    await logIn(page, firstRun.buyer);
    await page.goto('/buyer/playground?service=toolbox&path=/convert%3Fvalue%3D1%26from%3Dkm%26to%3Dm');
    await page.getByRole('button', { name: text('buyer:playground.send') }).click();
    await expect(page.locator('[data-run=done]')).toContainText('200');
    await expect(page.locator('main pre').first()).toContainText('1000');
    // What failed, and who did.
    await page.locator('main [name=path]').fill('/no-such-thing');
    await page.getByRole('button', { name: text('buyer:playground.send') }).click();
    await expect(page.locator('[data-run=failed]')).toContainText('404');
    await expect(page.getByText(text('buyer:playground.failedBy.upstream'))).toBeVisible();
    // JSON goes out as JSON, in the browser as in the code beside it.
    await page.locator('main [name=method]').selectOption('POST');
    await page.locator('main [name=body]').fill('{"a":1}');
    await expect(page.locator('main pre', { hasText: 'curl' })).toContainText(
      'content-type: application/json',
    );
    const sent = page.waitForRequest((one) => one.url().includes('/proxy/v1/toolbox/'));
    await page.getByRole('button', { name: text('buyer:playground.send') }).click();
    expect((await sent).headers()['content-type']).toBe('application/json');
  });

  test('stops a call that does not answer, and does not send it again', async ({ page, firstRun }) => {
    await logIn(page, firstRun.buyer);
    await page.goto('/buyer/playground?service=toolbox&path=/units');
    let sent = 0;
    // Never answered.
    await page.route('**/proxy/v1/toolbox/units', () => void sent++);
    const main = page.locator('main');
    await main.getByRole('button', { name: text('buyer:playground.send') }).click();
    await expect.poll(() => sent).toBe(1);
    await main.getByRole('button', { name: text('buyer:playground.cancel') }).click();
    await expect(main.locator('[data-run=canceled]')).toBeVisible();
    await expect(main.getByRole('button', { name: text('buyer:playground.send') })).toBeVisible();
    expect(sent).toBe(1);
  });

  test('stopped while its key is being made, a call is not sent; the next one uses that key', async ({
    page,
    firstRun,
  }) => {
    await logIn(page, firstRun.buyer);
    await page.goto('/buyer/playground?service=toolbox&path=/units');
    let keys = 0;
    const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>();
    await page.route('**/buyer/playground-key', async (route) => {
      keys++;
      await mayGoOn;
      await route.continue();
    });
    let sent = 0;
    await page.route('**/proxy/v1/toolbox/units', (route) => {
      sent++;
      return route.continue();
    });
    const main = page.locator('main');
    const send = main.getByRole('button', { name: text('buyer:playground.send') });
    await send.click();
    await expect.poll(() => keys).toBe(1);
    await main.getByRole('button', { name: text('buyer:playground.cancel') }).click();
    // At once, though the key is still on its way.
    await expect(main.locator('[data-run=canceled]')).toBeVisible();
    expect(sent).toBe(0);
    await send.click();
    goOn();
    await expect(main.locator('[data-run=done]')).toBeVisible();
    expect({ keys, sent }).toEqual({ keys: 1, sent: 1 });
  });

  test('without JavaScript it says so and still writes the code', async ({ openContext, firstRun }) => {
    const context = await openContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await logIn(page, firstRun.buyer);
    await page.goto('/buyer/playground?service=reader');
    // Playwright reads no text of <noscript> itself.
    await expect(page.locator('noscript [role=status]')).toContainText(text('buyer:playground.needsScript'));
    await page.locator('main [name=prompt]').fill('Something else entirely');
    await page.getByRole('button', { name: text('buyer:playground.updateCode') }).click();
    await expect(page.locator('main pre').first()).toContainText('Something else entirely');
  });
});

test('a key is narrowed, rotated and disabled on its page, without JavaScript', async ({
  openContext,
  firstRun,
  request,
}) => {
  const context = await openContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await logIn(page, firstRun.buyer);
  await page.goto('/buyer/keys');
  await page.locator('main [name=name]').fill('Narrow');
  await page.getByRole('button', { name: text('buyer:keys.submit') }).click();
  const secret = (await page.locator('main pre').first().textContent())!.trim();
  const call = async (key: string) =>
    (await request.get('/proxy/v1/toolbox/units', { headers: { authorization: `Bearer ${key}` } })).status();
  await expect.poll(() => call(secret)).toBe(200);

  await page.getByRole('link', { name: text('buyer:keys.createdNext') }).click();
  await page.locator('main [name=allowedAddresses]').fill('not an address');
  await page.getByRole('button', { name: text('buyer:key.save') }).click();
  await expect(page.getByText(text('errors:field.invalid_address_range'))).toBeVisible();
  await page.locator('main [name=allowedAddresses]').fill('203.0.113.0/24');
  await page.getByRole('button', { name: text('buyer:key.save') }).click();
  await expect.poll(() => call(secret), { timeout: 3_000 }).toBe(403);
  await page.locator('main [name=allowedAddresses]').fill('');
  await page.getByRole('button', { name: text('buyer:key.save') }).click();

  await page.locator('summary', { hasText: text('buyer:key.rotate') }).click();
  await page.getByRole('button', { name: text('buyer:key.confirmRotate') }).click();
  const next = (await page.locator('main pre').first().textContent())!.trim();
  expect(next).not.toBe(secret);
  // Both are good for as long as the grace lasts.
  await expect.poll(() => call(next), { timeout: 3_000 }).toBe(200);
  await expect.poll(() => call(secret), { timeout: 3_000 }).toBe(200);

  await page.getByRole('link', { name: text('buyer:keys.createdNext') }).click();
  await page.getByRole('button', { name: text('buyer:key.disable') }).click();
  await expect.poll(() => call(next), { timeout: 3_000 }).toBe(401);
  await page.getByRole('button', { name: text('buyer:key.enable') }).click();
  await expect.poll(() => call(next), { timeout: 3_000 }).toBe(200);
});
