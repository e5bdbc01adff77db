import { describe, expect, it } from 'vitest';
import { AppError, ERROR_STATUS, type ErrorCode } from '../lib/app-error.ts';
import { errorHeaders, methodNotAllowed, renderError, renderErrorEvent } from './errors.ts';

const PUBLIC_URL = 'https://tollgate.example';
const CONTEXT = { requestId: 'req_1', publicUrl: PUBLIC_URL };

describe('an error', () => {
  it.each(Object.keys(ERROR_STATUS) as ErrorCode[])('%s has the platform’s shape and OpenAI’s', (code) => {
    const error = new AppError(code, 'What to do.', {
      issues: [{ field: 'n', reason: 'invalid' }],
      cause: new Error('secret'),
    });
    const platform = JSON.parse(renderError(error, null, CONTEXT));
    expect(platform).toEqual({
      error: {
        type: expect.stringMatching(/_error$/),
        code,
        message: 'What to do.',
        param: 'n',
        request_id: 'req_1',
        docs: `${PUBLIC_URL}/docs/errors#${code}`,
      },
    });
    const openai = JSON.parse(renderError(error, 'openai-chat', CONTEXT));
    expect(openai).toEqual({
      error: { message: 'What to do.', type: expect.stringMatching(/_error$/), param: 'n', code },
    });
  });

  it('tells public facts but cannot be made to overwrite its own fields by them', () => {
    const error = new AppError('insufficient_balance', 'Top up.', {
      details: { top_up_url: '/buyer/wallet', code: 'other' },
    });
    expect(JSON.parse(renderError(error, null, CONTEXT)).error).toMatchObject({
      top_up_url: '/buyer/wallet',
      code: 'insufficient_balance',
    });
  });

  it('says where it comes from, and whether trying again helps', () => {
    expect(errorHeaders(new AppError('insufficient_balance', ''), 'req_1')).toEqual(
      expect.arrayContaining([
        'x-request-id',
        'req_1',
        'x-error-source',
        'gateway',
        'x-should-retry',
        'false',
      ]),
    );
    expect(errorHeaders(new AppError('rate_limited', '', { retryAfterSeconds: 1.2 }), 'r')).toEqual(
      expect.arrayContaining(['retry-after', '2']),
    );
    expect(errorHeaders(new AppError('rate_limited', '', { retryAfterSeconds: 1 }), 'r')).not.toContain(
      'x-should-retry',
    );
    expect(errorHeaders(new AppError('rate_limited', '', { retryAfterSeconds: 3_600 }), 'r')).toContain(
      'x-should-retry',
    );
  });

  it('names the methods there are instead', () => {
    expect(errorHeaders(methodNotAllowed(['POST'], ''), 'r')).toEqual(
      expect.arrayContaining(['allow', 'POST']),
    );
    expect(errorHeaders(new AppError('method_not_allowed', ''), 'r')).toEqual(
      expect.arrayContaining(['allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS']),
    );
  });

  it('ends a stream as one event that no client takes for the end', () => {
    const error = new AppError('upstream_timeout', 'Too slow.');
    const chat = renderErrorEvent(error, 'openai-chat', CONTEXT);
    expect(chat).toMatch(/^data: \{"error":.*\}\n\n$/);
    expect(chat).not.toContain('[DONE]');
    expect(renderErrorEvent(error, null, CONTEXT)).toMatch(/^event: error\ndata: \{.*\}\n\n$/);
  });
});
