/** What a key may do, keys of the environment, model routes and aliases, and custom paths. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdministrator } from '../../app/domain/users/index.ts';
import { newId } from '../../app/lib/ids.ts';
import { endpoints, keys, services, type Key } from '../../db/schema/index.ts';
import { HELLO, SAY } from '../support/llm-upstreams.ts';
import { until } from '../support/until.ts';
import type { AddedBuyer, AddedKey } from './gateway-fixture.ts';
import { createSdkFixture, modelOf, nameOf, type SdkFixture } from './sdk-fixture.ts';

const ENVIRONMENT_KEY = 'a-key-of-the-operator';

let fixture: SdkFixture;
let buyer: AddedBuyer;

beforeAll(async () => {
  fixture = await createSdkFixture({ GLOBAL_PROXY_KEYS: `other, ${ENVIRONMENT_KEY}` });
  buyer = await fixture.newBuyer();
});

afterAll(() => fixture?.close());

async function newKey(scope: Partial<Key>): Promise<AddedKey> {
  const key = await fixture.addKey(buyer.organizationId);
  await fixture.platform.database.db.update(keys).set(scope).where(eq(keys.id, key.id));
  return key;
}

interface Asked {
  status: number;
  body: { choices?: { message: { content: string } }[]; error?: { code: string } };
}

async function ask(
  key: string,
  model: string,
  path = '/v1/chat/completions',
  more: object = {},
): Promise<Asked> {
  const answer = await fixture.call(path, key, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...(model && { model }),
      messages: [{ role: 'user', content: SAY.hello }],
      ...more,
    }),
  });
  return { status: answer.status, body: (await answer.json()) as Asked['body'] };
}

const refused = (code: string, status = 403) => ({ status, body: { error: { code } } });
const answered = { status: 200, body: { choices: [{ message: { content: HELLO } }] } };

describe('a key', () => {
  it('that may only read may list models and not ask them, and the other way round', async () => {
    const reader = await newKey({ permissions: ['read'] });
    const writer = await newKey({ permissions: ['write'] });
    expect((await fixture.call('/v1/models', reader.secret)).status).toBe(200);
    expect(await ask(reader.secret, nameOf('openai-chat'))).toMatchObject(refused('key_not_allowed'));
    expect((await fixture.call('/v1/models', writer.secret)).status).toBe(403);
    expect(await ask(writer.secret, nameOf('openai-chat'))).toMatchObject(answered);
  });

  it('that is disabled is refused', async () => {
    const key = await newKey({ status: 'disabled' });
    expect(await ask(key.secret, nameOf('openai-chat'))).toMatchObject(refused('invalid_api_key', 401));
  });

  it('for some services reaches no others, by path or by model', async () => {
    const rows = await fixture.platform.database.sql`select id from services where slug = 'gemini'`;
    const key = await newKey({ allowedServiceIds: [rows[0]!['id'] as string] });
    expect(await ask(key.secret, nameOf('gemini'))).toMatchObject(answered);
    expect(await ask(key.secret, nameOf('azure'))).toMatchObject(refused('model_not_found', 404));
    expect(await ask(key.secret, modelOf('azure'), '/llm/azure/v1/chat/completions')).toMatchObject(
      refused('key_not_allowed'),
    );
    expect((await fixture.call('/proxy/v1/azure/v1/models', key.secret)).status).toBe(403);
    const listed = (await (await fixture.call('/v1/models', key.secret)).json()) as {
      data: { id: string }[];
    };
    expect(listed.data.map(({ id }) => id)).toEqual([nameOf('gemini')]);
  });

  it('for some models reaches no others, however they are asked for', async () => {
    const key = await newKey({ allowedModels: ['*-gemini', 'azure/*'] });
    expect(await ask(key.secret, nameOf('gemini'))).toMatchObject(answered);
    expect(await ask(key.secret, modelOf('azure'))).toMatchObject(answered);
    expect(await ask(key.secret, nameOf('anthropic'))).toMatchObject(refused('key_not_allowed'));
    expect(await ask(key.secret, modelOf('anthropic'), '/proxy/v1/anthropic/chat/completions')).toMatchObject(
      refused('key_not_allowed'),
    );
    // What is not read may name any model.
    await fixture.platform.database.sql`update services set pass_other_paths = true where slug = 'anthropic'`;
    await until('that is known', async () => {
      const { status } = await fixture.call('/llm/anthropic/v1/files', key.secret);
      return status !== 404;
    });
    for (const path of ['/proxy/v1/anthropic/v1/files', '/llm/anthropic/v1/batches'])
      expect(await ask(key.secret, '', path)).toMatchObject(refused('key_not_allowed'));
  });

  it('for some addresses works from nowhere else', async () => {
    const here = await newKey({ allowedAddresses: ['127.0.0.0/8', '::1/128'] });
    const elsewhere = await newKey({ allowedAddresses: ['203.0.113.0/24'] });
    expect(await ask(here.secret, nameOf('openai-chat'))).toMatchObject(answered);
    expect(await ask(elsewhere.secret, nameOf('openai-chat'))).toMatchObject(refused('key_not_allowed'));
    const spoofed = await fixture.call('/v1/models', elsewhere.secret, {
      headers: { 'x-forwarded-for': '203.0.113.7' },
    });
    expect(spoofed.status).toBe(403);
  });

  it('sends models where its routes say, the lowest priority number first', async () => {
    const key = await newKey({
      modelRoutes: [
        { pattern: '*', target: nameOf('anthropic'), priority: 9 },
        { pattern: 'gpt-*', target: nameOf('gemini'), priority: 1 },
      ],
    });
    expect(await ask(key.secret, 'gpt-4o')).toMatchObject(answered);
    expect(fixture.upstreams.requests.at(-1)!.url).toContain(modelOf('gemini'));
    expect(await ask(key.secret, 'anything')).toMatchObject(answered);
    expect(fixture.upstreams.lastBody()).toMatchObject({ model: modelOf('anthropic') });
  });

  it.each([
    ['authorization', (key: string) => `Bearer ${key}`],
    ['x-api-key', (key: string) => key],
    ['api-key', (key: string) => key],
    ['x-goog-api-key', (key: string) => key],
    ['x-proxy-key', (key: string) => key],
  ])('is taken from %s and goes no further', async (name, value) => {
    const answer = await fixture.call('/v1/chat/completions', null, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [name]: value(buyer.key.secret) },
      body: JSON.stringify({ model: nameOf('azure'), messages: [{ role: 'user', content: SAY.hello }] }),
    });
    expect(answer.status).toBe(200);
    expect(fixture.upstreams.requests.at(-1)!.rawHeaders.join()).not.toContain(buyer.key.secret);
  });

  it('is taken from ?key= and goes no further', async () => {
    const path = `/v1beta/models/${nameOf('gemini')}:generateContent?key=${buyer.key.secret}&x=1`;
    const answer = await fixture.call(path, null, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ contents: [{ parts: [{ text: SAY.hello }] }] }),
    });
    expect(answer.status).toBe(200);
    expect(fixture.upstreams.requests.at(-1)!.url).toMatch(/\?x=1$/);
  });
});

describe('a service’s aliases', () => {
  it('stand for its models, and are listed', async () => {
    await fixture.platform.database.db
      .update(services)
      .set({ modelAliases: { fast: modelOf('openai-chat') } })
      .where(eq(services.slug, 'openai-chat'));
    await until(
      'the alias is known',
      async () => (await ask(buyer.key.secret, 'fast')).status === 200,
      2_000,
    );
    expect(fixture.upstreams.lastBody()).toMatchObject({ model: modelOf('openai-chat') });
    const listed = (await (await fixture.call('/v1/models', buyer.key.secret)).json()) as {
      data: { id: string }[];
    };
    expect(listed.data.map(({ id }) => id)).toContain('openai-chat/fast');
  });

  it('can be what a key is for, by their whole names', async () => {
    const answers = async (...allowedModels: string[]): Promise<number[]> => {
      const { secret } = await newKey({ allowedModels });
      const asked = ['openai-chat/fast', nameOf('azure')].map((name) => ask(secret, name));
      return (await Promise.all(asked)).map(({ status }) => status);
    };
    expect(await answers('fast')).toEqual([200, 403]);
    expect(await answers('openai-chat/fast')).toEqual([200, 403]);
    // A seller could name anything so.
    expect(await answers('fas*')).toEqual([403, 403]);
    expect(await answers('azure/fast')).toEqual([403, 403]);
  });
});

describe('a key of the environment', () => {
  it('is nobody’s until there is an administrator, then their organization’s', async () => {
    expect(await ask(ENVIRONMENT_KEY, nameOf('openai-chat'))).toMatchObject(refused('invalid_api_key', 401));
    const { organization } = await createAdministrator(
      { ...fixture.platform, actor: { type: 'system' }, requestId: 'test' } as never,
      { username: 'operator', password: 'a long enough passphrase', mustChangePassword: false },
    );
    const [plan] = await fixture.platform.database.sql`
      select p.id, p.service_id, s.organization_id from plans p join services s on s.id = p.service_id where s.slug = 'azure'`;
    const free = await fixture.addPlan(
      { id: plan!['service_id'] as string, organizationId: plan!['organization_id'] as string } as never,
      { kind: 'free' },
    );
    await fixture.subscribe(organization.id, {
      ...free,
      service: { id: plan!['service_id'], organizationId: plan!['organization_id'] } as never,
    });
    await until(
      'the key works',
      async () => (await ask(ENVIRONMENT_KEY, nameOf('azure'))).status === 200,
      6_000,
    );
    const bare = await fixture.call('/proxy/azure/v1/models', null, {
      headers: { 'x-proxy-key': ENVIRONMENT_KEY },
    });
    expect(bare.status).toBe(200);
    const rows = await fixture.waitForEvents(organization.id, 2);
    expect(new Set(rows.map((row) => (row as unknown as { key_id: string }).key_id))).toEqual(
      new Set([expect.stringMatching(/^key_env_[0-9a-f]{16}$/)]),
    );
    expect((await ask(`${ENVIRONMENT_KEY}x`, nameOf('azure'))).status).toBe(401);
  });
});

describe('a custom path', () => {
  async function addEndpoint(path: string, more: object = {}): Promise<void> {
    const [service] = await fixture.platform.database
      .sql`select id, organization_id from services where slug = 'openai-chat'`;
    await fixture.platform.database.db.insert(endpoints).values({
      id: newId('endpoint'),
      path,
      serviceId: service!['id'] as string,
      organizationId: service!['organization_id'] as string,
      ...more,
    });
    await until(
      `/${path} is known`,
      async () => (await fixture.call(`/${path}`, null)).status === 401,
      2_000,
    );
  }

  it('has a model, instructions and a way of answering of its own', async () => {
    await addEndpoint('team/translate', {
      systemPrompt: 'Translate into French.',
      defaultModel: modelOf('openai-chat'),
      streaming: 'off',
    });
    expect(await ask(buyer.key.secret, '', '/team/translate', { stream: true })).toMatchObject(answered);
    expect(fixture.upstreams.lastBody()).toMatchObject({
      model: modelOf('openai-chat'),
      messages: [{ role: 'system', content: 'Translate into French.' }, { role: 'user' }],
    });
    expect(fixture.upstreams.requests.at(-1)!.url).toBe('/v1/chat/completions');
  });

  it('streams when it says so', async () => {
    await addEndpoint('teller', { defaultModel: modelOf('openai-chat'), streaming: 'on' });
    const answer = await fixture.call('/teller', buyer.key.secret, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: SAY.hello }] }),
    });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    expect(await answer.text()).toContain('[DONE]');
  });

  it('understands every dialect by the request itself', async () => {
    await addEndpoint('any', { defaultModel: modelOf('openai-chat') });
    const post = async (body: object, headers: Record<string, string> = {}): Promise<unknown> => {
      const answer = await fixture.call('/any', buyer.key.secret, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      return answer.json();
    };
    const messages = [{ role: 'user', content: SAY.hello }];
    expect(await post({ messages })).toMatchObject({ object: 'chat.completion' });
    expect(await post({ messages, max_tokens: 9 }, { 'anthropic-version': '2023-06-01' })).toMatchObject({
      type: 'message',
    });
    expect(await post({ messages, max_tokens: 9, system: 'Hi.' })).toMatchObject({ type: 'message' });
    expect(await post({ input: SAY.hello })).toMatchObject({ object: 'response' });
    expect(
      await post({ contents: [{ parts: [{ text: SAY.hello }] }], model: modelOf('openai-chat') }),
    ).toMatchObject({ candidates: [expect.anything()] });
    expect(await post({ contents: [{ parts: [{ text: SAY.hello }] }] })).toMatchObject({
      candidates: [expect.anything()],
    });
  });

  it('is called with POST, by subscribers, while it is active; other paths are the pages’', async () => {
    await addEndpoint('closing', { defaultModel: modelOf('openai-chat') });
    const got = await fixture.call('/closing', buyer.key.secret);
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
    const stranger = await fixture.addBuyer(null);
    expect((await ask(stranger.key.secret, '', '/closing')).status).toBe(403);
    await fixture.platform.database.sql`update endpoints set status = 'disabled' where path = 'closing'`;
    const isPage = async (path: string): Promise<boolean> => {
      const answer = await fixture.call(path, buyer.key.secret, { method: 'POST', body: '{}' });
      return (await answer.text()) === 'not the gateway';
    };
    await until('the path is closed', () => isPage('/closing'), 2_000);
    for (const path of ['/team', '/team/translate/x', '/Team/translate', '/team%2ftranslate', '/nothing'])
      expect([path, await isPage(path)]).toEqual([path, true]);
  });
});

describe('an upload behind /v1', () => {
  it('goes to the service that its model means, with the upstream’s own name for it', async () => {
    const form = new FormData();
    form.append('file', new Blob([Buffer.alloc(20_000, 1)]), 'speech.wav');
    form.append('model', nameOf('openai-chat'));
    const before = fixture.upstreams.requests.length;
    const sent = await fixture.call('/v1/audio/transcriptions', buyer.key.secret, {
      method: 'POST',
      body: form,
    });
    await sent.arrayBuffer();
    const recorded = fixture.upstreams.requests[before]!;
    expect(recorded.url).toBe('/v1/audio/transcriptions');
    expect(recorded.body).toContain(`name="model"\r\n\r\n${modelOf('openai-chat')}\r\n`);
    expect(recorded.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
  });

  it('must name its model once', async () => {
    for (const models of [[], [nameOf('azure'), nameOf('gemini')]]) {
      const form = new FormData();
      form.append('file', new Blob(['x']), 'x.wav');
      for (const model of models) form.append('model', model);
      const sent = await fixture.call('/v1/audio/transcriptions', buyer.key.secret, {
        method: 'POST',
        body: form,
      });
      expect([sent.status, await sent.json()]).toMatchObject([400, { error: { param: 'model' } }]);
    }
  });
});
