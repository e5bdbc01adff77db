import { describe, expect, it } from 'vitest';
import { judgeCall, suggestionOf, type CallEvidence } from './judge-evidence.ts';

const sound: CallEvidence = {
  occurredAt: '2026-11-01T00:00:00.000Z',
  method: 'POST',
  statusCode: 200,
  terminalState: 'complete',
  fault: 'none',
  errorCode: null,
  streamed: false,
  attempts: 1,
  firstByteMs: 20,
  totalMs: 80,
  requestBytes: 100,
  responseBytes: 900,
  model: null,
  servedModel: null,
  inputTokens: null,
  outputTokens: null,
  usageSource: null,
  chargeNanos: '1000000',
  lines: null,
  receiptHash: null,
  duplicateOf: null,
  similarCalls: 0,
};

describe('judging a disputed call', () => {
  it('refunds an upstream error that was charged, whatever the reason given', () => {
    expect(
      judgeCall('other', { ...sound, statusCode: 502, terminalState: 'upstream_error', fault: 'seller' }),
    ).toBe('refund');
    expect(
      judgeCall('upstream_error', {
        ...sound,
        terminalState: 'timeout',
        fault: 'seller',
        responseBytes: 0,
      }),
    ).toBe('refund');
  });

  it('refunds the second call of one Idempotency-Key', () => {
    expect(judgeCall('duplicate', { ...sound, duplicateOf: 'req_first' })).toBe('refund');
  });

  it('does not refund at once what was delivered in part, or what the caller cut off', () => {
    expect(judgeCall('upstream_error', { ...sound, terminalState: 'truncated', fault: 'seller' })).toBe(
      'review',
    );
    expect(
      judgeCall('upstream_error', {
        ...sound,
        terminalState: 'client_gone',
        fault: 'buyer',
        responseBytes: 0,
      }),
    ).toBe('review');
    expect(
      judgeCall('upstream_error', {
        ...sound,
        terminalState: 'truncated',
        fault: 'seller',
        outputTokens: 12,
      }),
    ).toBe('review');
  });

  it('suggests to reject what the record contradicts', () => {
    expect(judgeCall('upstream_error', sound)).toBe('reject');
    expect(judgeCall('duplicate', sound)).toBe('reject');
    expect(judgeCall('duplicate', { ...sound, similarCalls: 2 })).toBe('review');
    expect(judgeCall('wrong_answer', sound)).toBe('review');
  });

  it('suggests for a dispute what all its calls agree on', () => {
    expect(suggestionOf(['refund', 'refund'])).toBe('refund');
    expect(suggestionOf(['reject', 'reject'])).toBe('reject');
    expect(suggestionOf(['reject', 'review'])).toBe('review');
  });
});
