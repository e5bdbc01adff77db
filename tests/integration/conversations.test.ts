/** Conversations: kept in order, sealed, within a budget, for one organization, and no longer than it says. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  appendTurn,
  deleteConversation,
  deleteExpiredConversations,
  forkConversation,
  getConversation,
  listConversations,
  recallMessages,
  type Message,
} from '../../app/domain/conversations/index.ts';
import { updateOrganization } from '../../app/domain/organizations/index.ts';
import { newId } from '../../app/lib/ids.ts';
import { conversationMessages, conversations } from '../../db/schema/index.ts';
import { createTestClock } from '../support/clock.ts';
import { makeBuyer, type Person } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

const DAY_MS = 86_400_000;
const clock = createTestClock();
let platform: TestPlatform;
let buyer: Person;
let stranger: Person;
let name: string;

beforeAll(async () => {
  platform = await createTestPlatform({}, { clock });
  stranger = await makeBuyer(platform);
});
beforeEach(async () => {
  buyer = await makeBuyer(platform);
  await updateOrganization(buyer.ctx, { conversationRetentionDays: 30 });
  name = 'support:42';
});
afterAll(() => platform.close());

const say = (role: Message['role'], text: string): Message => ({ role, parts: [{ type: 'text', text }] });
const turn = (...messages: Message[]) =>
  appendTurn(buyer.ctx, {
    conversation: name,
    messages,
    serviceId: null,
    model: 'm',
    requestId: newId('request'),
  });
const recall = (maxTokens: number, needsLastTurn = false) =>
  recallMessages(buyer.ctx, { conversation: name, maxTokens, needsLastTurn });
const texts = (messages: Message[]) => messages.map(({ parts }) => parts[0]?.['text'] ?? parts[0]?.type);

describe('a conversation', () => {
  it('comes back in order, and is nowhere readable in the database', async () => {
    await turn(say('user', 'Remember the word heliotrope.'), say('assistant', 'I will.'));
    await turn(say('user', 'Which word?'), say('assistant', 'Heliotrope.'));
    expect(texts(await recall(8_000))).toEqual([
      'Remember the word heliotrope.',
      'I will.',
      'Which word?',
      'Heliotrope.',
    ]);
    const rows = await platform.db.select().from(conversationMessages);
    const heads = await platform.db.select().from(conversations);
    expect(JSON.stringify([rows, heads])).not.toMatch(/heliotrope/i);
    const detail = await getConversation(buyer.ctx, { conversation: name });
    expect(detail).toMatchObject({ title: 'Remember the word heliotrope.', messageCount: 4, model: 'm' });
  });

  it('takes turns that end at the same moment one after the other, without gaps', async () => {
    await Promise.all(
      Array.from({ length: 12 }, (_, i) => turn(say('user', `q${i}`), say('assistant', `a${i}`))),
    );
    const { messages, messageCount } = await getConversation(buyer.ctx, { conversation: name });
    expect(messageCount).toBe(24);
    expect(messages.map(({ position }) => position)).toEqual(Array.from({ length: 24 }, (_, i) => i));
    for (let i = 0; i < 24; i += 2) {
      const [question, answer] = texts(messages.slice(i, i + 2)).map(String);
      expect(answer).toBe(question!.replace('q', 'a'));
    }
  });

  it('forgets whole turns first, and never parts a tool call from its result', async () => {
    await turn(say('user', 'x'.repeat(4_000)), say('assistant', 'long'));
    await turn(say('user', 'weather?'), {
      role: 'assistant',
      parts: [{ type: 'tool_call', id: 'c1', name: 'weather', arguments: '{}' }],
    });
    await turn(
      { role: 'tool', parts: [{ type: 'tool_result', callId: 'c1', parts: [], isError: false }] },
      say('assistant', 'sunny'),
    );
    expect(texts(await recall(500))).toEqual(['weather?', 'tool_call', 'tool_result', 'sunny']);
    // Too small for the turn: nothing rather than half of it, unless the caller answers its call.
    expect(await recall(20)).toEqual([]);
    expect(texts(await recall(1, true))).toEqual(['weather?', 'tool_call', 'tool_result', 'sunny']);
  });

  it('goes on in two ways once it is forked', async () => {
    await turn(say('user', 'one'), say('assistant', 'two'));
    const fork = await forkConversation(buyer.ctx, { conversation: name, id: 'branch' });
    expect(fork).toMatchObject({ externalId: 'branch', messageCount: 2, title: 'one' });
    await turn(say('user', 'three'), say('assistant', 'four'));
    expect(texts((await getConversation(buyer.ctx, { conversation: 'branch' })).messages)).toEqual([
      'one',
      'two',
    ]);
    await expect(forkConversation(buyer.ctx, { conversation: name, id: 'branch' })).rejects.toMatchObject({
      code: 'already_exists',
    });
  });

  it('of another organization is not found, whatever is tried, also by our own id', async () => {
    await turn(say('user', 'mine'), say('assistant', 'yes'));
    const { id } = await getConversation(buyer.ctx, { conversation: name });
    for (const conversation of [name, id]) {
      const results = await Promise.allSettled([
        getConversation(stranger.ctx, { conversation }),
        deleteConversation(stranger.ctx, { conversation }),
        forkConversation(stranger.ctx, { conversation }),
      ]);
      for (const result of results)
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'not_found' } });
      expect(
        await recallMessages(stranger.ctx, { conversation, maxTokens: 8_000, needsLastTurn: false }),
      ).toEqual([]);
    }
    expect((await listConversations(stranger.ctx)).total).toBe(0);
  });

  it('is visible to every key of the organization', async () => {
    await turn(say('user', 'shared'), say('assistant', 'ok'));
    const key = { type: 'key', keyId: 'key_x', organizationId: buyer.organizationId } as const;
    const { db, keyring } = platform;
    expect((await listConversations({ db, keyring, clock, actor: key })).items).toMatchObject([
      { externalId: name, title: 'shared' },
    ]);
  });

  it('is over when its time is, and the worker removes it with its messages', async () => {
    await turn(say('user', 'old'), say('assistant', 'yes'));
    const { id } = await getConversation(buyer.ctx, { conversation: name });
    clock.advance(30 * DAY_MS);
    expect(await recall(8_000)).toEqual([]);
    await expect(getConversation(buyer.ctx, { conversation: name })).rejects.toMatchObject({
      code: 'not_found',
    });
    // Used again before the worker came by: it begins anew.
    await turn(say('user', 'new'), say('assistant', 'fresh'));
    expect(texts(await recall(8_000))).toEqual(['new', 'fresh']);
    clock.advance(31 * DAY_MS);
    await deleteExpiredConversations(platform.createContext({ type: 'system', job: 'test' }));
    expect(
      await platform.db
        .select()
        .from(conversationMessages)
        .where(eq(conversationMessages.conversationId, id)),
    ).toEqual([]);
  });

  it('is forgotten at once when the organization turns memory off', async () => {
    await updateOrganization(buyer.ctx, { conversationRetentionDays: 7 });
    await turn(say('user', 'secret'), say('assistant', 'yes'));
    await updateOrganization(buyer.ctx, { name: 'Renamed' });
    expect((await listConversations(buyer.ctx)).total).toBe(1);
    await updateOrganization(buyer.ctx, { conversationRetentionDays: null });
    expect((await listConversations(buyer.ctx)).total).toBe(0);
    // A call that was under way ends afterwards.
    await turn(say('user', 'too late'), say('assistant', 'yes'));
    expect((await listConversations(buyer.ctx)).total).toBe(0);
  });

  it('keeps its latest turns, as many as can be read at once, and always the last', async () => {
    const many = Array.from({ length: 1_000 }, (_, i) =>
      say(i % 2 ? 'assistant' : 'user', `${i % 2 ? 'a' : 'q'}${i >> 1}`),
    );
    await turn(...many);
    await turn(say('user', 'one more'), say('assistant', 'indeed'));
    const { messages, messageCount } = await getConversation(buyer.ctx, { conversation: name });
    expect([messages.length, messageCount]).toEqual([1_000, 1_000]);
    expect(texts([...messages.slice(0, 1), ...messages.slice(-2)])).toEqual(['q1', 'one more', 'indeed']);
    await forkConversation(buyer.ctx, { conversation: name, id: 'copy' });
    expect((await getConversation(buyer.ctx, { conversation: 'copy' })).messages).toHaveLength(1_000);

    // 2 MB of text are more when they are sealed: two such turns do not fit beside each other.
    const long = 'x'.repeat(2_000_000);
    await turn(say('user', long), say('assistant', 'first'));
    await turn(say('user', long), say('assistant', 'second'));
    const left = await getConversation(buyer.ctx, { conversation: name });
    expect(texts(left.messages).at(-1)).toBe('second');
    expect(left.messages).toHaveLength(2);
    // One that is too long by itself stays, until the next comes.
    await turn(say('user', long), say('assistant', long), say('assistant', 'third'));
    expect((await getConversation(buyer.ctx, { conversation: name })).messages).toHaveLength(3);
    await turn(say('user', 'short'), say('assistant', 'fourth'));
    expect((await getConversation(buyer.ctx, { conversation: name })).messages).toHaveLength(2);
    expect(texts(await recall(8_000))).toEqual(['short', 'fourth']);
  });
});
