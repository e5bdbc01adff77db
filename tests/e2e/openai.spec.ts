import OpenAI from 'openai';
import { expect, test } from './fixtures.ts';

const QUESTION = 'The toll is small, the gate is wide, and every call is counted on the other side.';

test.describe('the official OpenAI SDK', () => {
  const connect = (baseURL: string | undefined, key: string) =>
    new OpenAI({ baseURL: `${baseURL}/v1`, apiKey: key, maxRetries: 0 });

  test('streams a completion through the demo service', async ({ baseURL, firstRun }) => {
    const client = connect(baseURL, firstRun.key);
    const models = await client.models.list();
    const model = models.data[0]!.id;
    const stream = await client.chat.completions.create({
      model,
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: 'user', content: QUESTION }],
    });
    const arrivals: number[] = [];
    let text = '';
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      arrivals.push(performance.now());
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    expect(text).toContain('17 words');
    expect(usage?.completion_tokens).toBeGreaterThan(0);
    // It came piece by piece, not all at the end.
    expect(arrivals.length).toBeGreaterThan(5);
    expect(arrivals.at(-1)! - arrivals[0]!).toBeGreaterThan(100);
  });

  test('hides the usage it asked for itself when the caller did not', async ({ baseURL, firstRun }) => {
    const client = connect(baseURL, firstRun.key);
    const stream = await client.chat.completions.create({
      model: 'demo-reader-1',
      stream: true,
      messages: [{ role: 'user', content: QUESTION }],
    });
    for await (const chunk of stream) {
      expect(chunk.usage ?? null).toBeNull();
      expect(chunk.choices).toHaveLength(1);
    }
  });

  test('completes without streaming', async ({ baseURL, firstRun }) => {
    const client = connect(baseURL, firstRun.key);
    const completion = await client.chat.completions.create({
      model: 'demo-reader-1',
      messages: [{ role: 'user', content: QUESTION }],
    });
    expect(completion.choices[0]?.message.content).toContain('17 words');
    expect(completion.usage?.total_tokens).toBeGreaterThan(0);
  });

  test('gets its own error classes for a wrong key and a model nobody offers', async ({
    baseURL,
    firstRun,
  }) => {
    const messages = [{ role: 'user' as const, content: QUESTION }];
    const stranger = connect(
      baseURL,
      `${firstRun.key.slice(0, -1)}${firstRun.key.endsWith('a') ? 'b' : 'a'}`,
    );
    await expect(
      stranger.chat.completions.create({ model: 'demo-reader-1', messages }),
    ).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    const client = connect(baseURL, firstRun.key);
    await expect(client.chat.completions.create({ model: 'no-such-model', messages })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });
});
