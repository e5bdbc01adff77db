import { apiClient, expect, registerOverApi, test, unique } from './fixtures.ts';

interface Listed {
  id: string;
  slug: string;
}
interface Usage {
  totals: { calls: number; cost: string };
  series: { day: string; calls: number }[];
}

test.describe('the main job over the API alone', () => {
  test('a seller lists, a buyer pays, subscribes and calls, both see it', async ({
    page,
    request,
    upstream,
  }) => {
    const seller = await registerOverApi(request, 'seller');
    const secret = unique('sk-upstream');
    const listed = await seller.api.send<Listed>(
      'POST',
      '/api/v1/seller/apis',
      {
        name: unique('Greetings'),
        description: 'Says hello.',
        endpoint_url: upstream.url,
        api_key: secret,
        plans: [{ kind: 'per_call', name: 'Pay per call', price_per_call: '0.0125' }],
      },
      201,
    );
    expect(listed.id).toMatch(/^svc_/);
    const own = await seller.api.get<{ data: Listed[] }>('/api/v1/seller/apis');
    expect(own.data.map((one) => one.slug)).toEqual([listed.slug]);
    expect(JSON.stringify(own)).not.toContain(secret);

    const buyer = await registerOverApi(request, 'buyer');
    const found = await buyer.api.get<{ data: Listed[] }>(`/api/v1/buyer/apis?q=${listed.slug}`);
    expect(found.data.map((one) => one.id)).toContain(listed.id);

    // Without money the wallet's door is shown, not a key.
    const refused = await request.post(`/api/v1/buyer/apis/${listed.id}/subscribe`, {
      headers: await bearer(request, buyer),
      data: {},
    });
    expect(refused.status()).toBe(402);

    const { checkout } = await buyer.api.send<{ checkout: { url: string } }>(
      'POST',
      '/api/v1/buyer/wallet/top-ups',
      { amount: '20.00' },
      201,
    );
    await page.goto(checkout.url);
    await page.getByRole('button', { name: /pay/i }).click();
    await expect
      .poll(async () => (await buyer.api.get<{ available: string }>('/api/v1/buyer/wallet')).available, {
        timeout: 15_000,
      })
      .toBe('20.00');

    const subscribed = await buyer.api.send<{
      subscription: { id: string };
      key: { secret: string };
      base_url: string;
    }>('POST', `/api/v1/buyer/apis/${listed.slug}/subscribe`, {}, 201);
    const key = subscribed.key.secret;
    expect(key).toMatch(/^tg_live_[0-9A-Za-z]{36}$/);

    const before = upstream.requests.length;
    const answer = await request.get(`/proxy/v1/${listed.slug}/hello?name=Ada`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(answer.status()).toBe(200);
    expect(await answer.json()).toEqual({ greeting: 'Hello, Ada!' });
    expect(answer.headers()['x-request-id']).toMatch(/^req_/);
    const [call] = upstream.requests.slice(before);
    expect(call).toMatchObject({ method: 'GET', url: '/hello?name=Ada' });
    expect(call?.headers.authorization).toBe(`Bearer ${secret}`);
    expect(JSON.stringify(call?.rawHeaders)).not.toContain(key);

    await expect
      .poll(async () => (await buyer.api.get<Usage>('/api/v1/buyer/usage')).totals, { timeout: 30_000 })
      .toMatchObject({ calls: 1, cost: '0.0125' });
    const usage = await buyer.api.get<Usage>('/api/v1/buyer/usage');
    expect(usage.series.reduce((sum, day) => sum + day.calls, 0)).toBe(1);
    expect((await buyer.api.get<{ available: string }>('/api/v1/buyer/wallet')).available).toBe('19.9875');

    // A tenth is the platform's.
    const earnings = await seller.api.get<{ pending: string }>('/api/v1/seller/earnings');
    expect(earnings.pending).toBe('0.01125');

    const { id } = subscribed.subscription;
    await buyer.api.send('DELETE', `/api/v1/buyer/subscriptions/${id}`);
    await expect
      .poll(
        async () =>
          (
            await request.get(`/proxy/v1/${listed.slug}/hello`, {
              headers: { authorization: `Bearer ${key}` },
            })
          ).status(),
        { timeout: 5_000 },
      )
      .toBeGreaterThanOrEqual(401);
  });

  test('the four fields of other gateways are enough, and the free plan comes by itself', async ({
    request,
    upstream,
  }) => {
    const seller = await registerOverApi(request, 'seller');
    const listed = await seller.api.send<Listed>(
      'POST',
      '/api/v1/seller/apis',
      { name: unique('Plain'), description: 'x', endpoint_url: `${upstream.url}/base`, api_key: 'sk-1' },
      201,
    );
    const buyer = await registerOverApi(request, 'buyer');
    const { key } = await buyer.api.send<{ key: { secret: string } }>(
      'POST',
      `/api/v1/buyer/apis/${listed.id}/subscribe`,
      {},
      201,
    );
    const answer = await request.post(`/proxy/v1/${listed.id}/hello?name=Grace`, {
      headers: { authorization: `Bearer ${key.secret}` },
      data: { any: 'body' },
    });
    expect(answer.status()).toBe(200);
    expect(upstream.requests.at(-1)).toMatchObject({ method: 'POST', url: '/base/hello?name=Grace' });
  });

  test('a flat plan answers 402 with where to pay, and works once it is paid', async ({ page, request }) => {
    const buyer = await registerOverApi(request, 'buyer');
    const { plans } = await buyer.api.get<{ plans: { id: string; kind: string }[] }>(
      '/api/v1/buyer/apis/toolbox',
    );
    const plan = plans.find((one) => one.kind === 'flat');
    const { error } = await buyer.api.send<{
      error: { code: string; checkout_url: string; subscription_id: string };
    }>('POST', '/api/v1/buyer/apis/toolbox/subscribe', { plan_id: plan?.id }, 402);
    expect(error.code).toBe('payment_required');
    await page.goto(error.checkout_url);
    await page.getByRole('button', { name: /subscribe|pay/i }).click();
    await expect
      .poll(
        async () =>
          (await buyer.api.get<{ status: string }>(`/api/v1/buyer/subscriptions/${error.subscription_id}`))
            .status,
        { timeout: 20_000 },
      )
      .toBe('active');
    const key = await buyer.api.send<{ secret: string }>(
      'POST',
      '/api/v1/buyer/keys',
      { name: 'Server', subscription_id: error.subscription_id },
      201,
    );
    const answer = await request.get('/proxy/v1/toolbox/convert?value=1&from=mi&to=km', {
      headers: { authorization: `Bearer ${key.secret}` },
    });
    expect(answer.status()).toBe(200);
  });

  test('a revoked key is refused within a second', async ({ request, upstream }) => {
    const seller = await registerOverApi(request, 'seller');
    const listed = await seller.api.send<Listed>(
      'POST',
      '/api/v1/seller/apis',
      { name: unique('Revoke'), description: 'x', endpoint_url: upstream.url, api_key: 'sk-1' },
      201,
    );
    const buyer = await registerOverApi(request, 'buyer');
    const { key } = await buyer.api.send<{ key: { id: string; secret: string } }>(
      'POST',
      `/api/v1/buyer/apis/${listed.id}/subscribe`,
      {},
      201,
    );
    const call = async () =>
      (
        await request.get(`/proxy/v1/${listed.slug}/hello`, {
          headers: { authorization: `Bearer ${key.secret}` },
        })
      ).status();
    expect(await call()).toBe(200);
    await buyer.api.send('DELETE', `/api/v1/buyer/keys/${key.id}`);
    const revokedAt = performance.now();
    await expect.poll(call, { intervals: [50], timeout: 3_000 }).toBe(401);
    expect(performance.now() - revokedAt).toBeLessThan(1_000);
  });

  test('what belongs to somebody else is not found', async ({ request, upstream }) => {
    const seller = await registerOverApi(request, 'seller');
    const listed = await seller.api.send<Listed>(
      'POST',
      '/api/v1/seller/apis',
      { name: unique('Mine'), description: 'x', endpoint_url: upstream.url, api_key: 'sk-1' },
      201,
    );
    const stranger = await registerOverApi(request, 'seller');
    await stranger.api.send('PUT', `/api/v1/seller/apis/${listed.id}`, { name: 'Taken over' }, 404);
    await stranger.api.send('DELETE', `/api/v1/seller/apis/${listed.id}`, undefined, 404);
    await apiClient(request).send('POST', '/api/v1/seller/apis', { name: 'x' }, 401);
  });
});

async function bearer(
  request: Parameters<typeof apiClient>[0],
  person: { username: string; password: string },
): Promise<Record<string, string>> {
  const { username, password } = person;
  const { token } = await apiClient(request).send<{ token: string }>('POST', '/api/v1/auth/login', {
    username,
    password,
  });
  return { authorization: `Bearer ${token}` };
}
