import { describe, expect, it } from 'vitest';
import { AppError, ERROR_STATUS, hasErrorCode, isAppError, type ErrorCode } from './app-error.ts';

const codes = Object.keys(ERROR_STATUS) as ErrorCode[];

describe('AppError', () => {
  it.each(codes)('%s is a snake_case code with an HTTP error status', (code) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    const error = new AppError(code, 'Do something else.');
    expect(error.status).toBe(ERROR_STATUS[code]);
    expect(error.status).toBeGreaterThanOrEqual(400);
    expect(error.status).toBeLessThan(600);
  });

  it('carries what the caller may know and hides the cause', () => {
    const cause = new Error('connect ECONNREFUSED 10.0.0.7:5432');
    const error = new AppError('payment_required', 'Pay first.', {
      cause,
      issues: [{ field: 'plan', reason: 'required' }],
      retryAfterSeconds: 3,
      details: { checkout_url: 'https://pay.example' },
    });
    expect(error.cause).toBe(cause);
    expect(error.message).toBe('Pay first.');
    expect(JSON.stringify(error)).not.toContain('10.0.0.7');
    expect(error).toMatchObject({
      issues: [{ field: 'plan', reason: 'required' }],
      retryAfterSeconds: 3,
      details: { checkout_url: 'https://pay.example' },
    });
  });

  it('has no issues unless it is given some', () => {
    expect(new AppError('not_found', 'No such key.').issues).toEqual([]);
  });

  it('tells 402 from 429: out of money is not too fast', () => {
    expect(ERROR_STATUS.insufficient_balance).toBe(402);
    expect(ERROR_STATUS.insufficient_quota).toBe(402);
    expect(ERROR_STATUS.rate_limited).toBe(429);
  });
});

describe('telling errors apart', () => {
  it('knows an error of another copy of the module', async () => {
    // The query makes it a second instance, as the web bundle's copy is at run time.
    const copy = (await import('./app-error.ts?copy' as string)) as { AppError: typeof AppError };
    const foreign = new copy.AppError('not_found', 'No such key.');
    expect(foreign).not.toBeInstanceOf(AppError);
    expect(isAppError(foreign)).toBe(true);
    expect(hasErrorCode(foreign, 'not_found')).toBe(true);
    expect(hasErrorCode(foreign, 'forbidden')).toBe(false);
  });

  it.each([
    ['a plain error', new Error('x')],
    ['an error of the system', Object.assign(new Error('x'), { code: 'ECONNRESET' })],
    ['an object that looks like one', { name: 'AppError', code: 'not_found', status: 404 }],
    ['a string', 'not_found'],
    ['null', null],
    ['undefined', undefined],
  ])('is not taken in by %s', (_, value) => {
    expect(isAppError(value)).toBe(false);
    expect(hasErrorCode(value, 'not_found')).toBe(false);
  });
});
