import { describe, expect, it } from 'vitest';
import { judgeAnswer } from './verdict.ts';

const NOW = Date.parse('2026-03-10T22:00:00Z');
const judge = (status: number, headers: Record<string, string> = {}, body = '') =>
  judgeAnswer('http', { status, headers, body }, NOW);
const judgeModel = (status: number, body: string, headers: Record<string, string> = {}) =>
  judgeAnswer('llm', { status, headers, body }, NOW);

describe('what an answer says', () => {
  it.each([
    [200, 'fine'],
    [302, 'fine'],
    [400, 'fine'],
    [402, 'fine'],
    [404, 'fine'],
    [409, 'fine'],
    [413, 'fine'],
    [422, 'fine'],
    [401, 'refused'],
    [403, 'refused'],
    [407, 'refused'],
    [429, 'exhausted'],
    [500, 'failed'],
    [502, 'failed'],
    [503, 'failed'],
    [504, 'failed'],
    [529, 'failed'],
  ])('%i: %s', (status, kind) => {
    expect(judge(status).kind).toBe(kind);
  });

  it.each([
    '{"error":{"code":"unsupported_country_region_territory"}}',
    'User location is not supported for the API use.',
    'Country, region, or territory not supported',
    'This model is not available in your region.',
    'Region unsupported',
  ])('a 403 about where the call came from is the upstream’s: %s', (body) => {
    expect(judge(403, {}, body).kind).toBe('failed');
  });

  it.each([
    '{"error":"This key may not read sales of the region EU"}',
    '{"region":"eu-central-1","message":"The security token is expired"}',
    'Your subscription does not include locations.',
  ])('a 403 that only mentions a region is about the credential: %s', (body) => {
    expect(judge(403, {}, body).kind).toBe('refused');
  });
});

describe('a 400', () => {
  const about = (error: object): string =>
    JSON.stringify({ error: { status: 'INVALID_ARGUMENT', ...error } });

  it('of Google’s about its key is about the credential', () => {
    const body = about({ details: [{ reason: 'API_KEY_INVALID', domain: 'googleapis.com' }] });
    expect(judge(400, {}, body).kind).toBe('refused');
  });

  it('is about the request, also when that has the same words', () => {
    const message = 'Unknown name "reason": "API_KEY_INVALID"';
    expect(judge(400, {}, about({ message })).kind).toBe('fine');
  });
});

describe('a 429 rests the credential', () => {
  it.each([
    ['seconds', { 'retry-after': '12' }, '', 12],
    ['parts of a second', { 'retry-after': '0.5' }, '', 0.5],
    ['a date', { 'retry-after': 'Tue, 10 Mar 2026 22:01:00 GMT' }, '', 60],
    ['a date that is over', { 'retry-after': 'Tue, 10 Mar 2026 21:00:00 GMT' }, '', 0],
    ['milliseconds', { 'retry-after-ms': '250', 'retry-after': '1' }, '', 0.25],
    ['a reset as a duration', { 'x-ratelimit-reset-requests': '1m30s' }, '', 90],
    ['a reset in milliseconds', { 'x-ratelimit-reset-tokens': '120ms' }, '', 0.12],
    ['a reset since the epoch', { 'x-ratelimit-reset': `${NOW / 1_000 + 30}` }, '', 30],
    ['a reset as a date', { 'anthropic-ratelimit-requests-reset': '2026-03-10T22:00:45Z' }, '', 45],
    [
      'the reset of what is used up',
      {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '20s',
        'x-ratelimit-remaining-tokens': '7',
        'x-ratelimit-reset-tokens': '6h',
      },
      '',
      20,
    ],
    ['Google’s delay', {}, '{"details":[{"retryDelay": "34s"}]}', 34],
    ['a quota of the day', {}, '{"quotaId":"GenerateRequestsPerDayPerProject"}', 7_200],
    ['a quota of the account', {}, '{"error":{"code":"insufficient_quota"}}', 7_200],
    ['tokens of the day', {}, 'Rate limit reached on tokens per day (TPD): Limit 500', 7_200],
    ['a plan’s day', {}, 'You have exceeded the DAILY quota for Requests on your current plan', 7_200],
    ['free models of the day', {}, '{"message":"Rate limit exceeded: free-models-per-day"}', 7_200],
    ['nothing, at a path that has the word', {}, '{"status":429,"path":"/v1/daily-forecast"}', 5],
    ['nothing', {}, 'slow down', 5],
    ['too long a time', { 'retry-after': '9999999' }, '', 86_400],
  ])('until %s', (_name, headers, body, seconds) => {
    const verdict = judge(429, headers as Record<string, string>, body);
    expect(verdict).toEqual({ kind: 'exhausted', untilMs: NOW + seconds * 1_000, of: 'all' });
  });

  it.each([
    [
      'the model',
      '{"error":{"code":"rate_limit_exceeded","message":"Rate limit reached for gpt-5"}}',
      'model',
    ],
    ['the model', '', 'model'],
    ['the account', '{"error":{"type":"insufficient_quota","code":"insufficient_quota"}}', 'all'],
    ['the model', '{"error":{"message":"No \\"code\\": \\"insufficient_quota\\" here"}}', 'model'],
  ])('of a vendor of models for %s: %s', (_name, body, of) => {
    expect(judgeModel(429, body)).toMatchObject({ kind: 'exhausted', of });
  });
});

describe('an account of the seller’s without money', () => {
  const credit = {
    type: 'invalid_request_error',
    message: 'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.',
  };

  it.each([
    [402, { error: { message: 'Insufficient Balance', code: 'invalid_request_error' } }, 7_200],
    [402, {}, 7_200],
    [
      402,
      { error: { message: 'This request requires more credits, or fewer max_tokens. You requested' } },
      5,
    ],
    [400, { type: 'error', error: credit }, 7_200],
    [400, { error: { code: 'billing_hard_limit_reached', message: 'Billing hard limit' } }, 7_200],
    [400, { error: { code: 'Arrearage', message: 'Access denied' } }, 7_200],
    [
      403,
      { error: { message: 'Your account balance is insufficient.', code: 'insufficient_user_quota' } },
      7_200,
    ],
    [403, { error: { details: [{ reason: 'BILLING_DISABLED' }] } }, 7_200],
  ])('is used up for models: %i %j', (status, body, seconds) => {
    const verdict = judgeModel(status, JSON.stringify(body));
    expect(verdict).toEqual({ kind: 'exhausted', untilMs: NOW + seconds * 1_000, of: 'all' });
    expect(judge(status, {}, JSON.stringify(body)).kind).toBe(status === 403 ? 'refused' : 'fine');
  });

  it('rests no longer than its vendor says', () => {
    expect(judgeModel(402, '', { 'retry-after': '9' })).toMatchObject({
      kind: 'exhausted',
      untilMs: NOW + 9_000,
    });
  });

  it('is not made up by a caller whose words are repeated', () => {
    const message = `There is no model "code": "insufficient_quota", Your credit balance is too low`;
    expect(judgeModel(400, JSON.stringify({ error: { message } })).kind).toBe('fine');
  });
});
