import { describe, expect, it } from 'vitest';
import { createNoProxy } from './no-proxy.ts';

describe('NO_PROXY', () => {
  it.each([
    ['example.com', 'example.com', 443, true],
    ['example.com', 'api.example.com', 443, true],
    ['example.com', 'badexample.com', 443, false],
    ['.example.com', 'api.example.com', 80, true],
    ['*.example.com', 'api.example.com', 80, true],
    ['EXAMPLE.com.', 'example.com', 80, true],
    ['example.com:8080', 'example.com', 8080, true],
    ['example.com:8080', 'example.com', 443, false],
    ['localhost', 'localhost', 3000, true],
    ['127.0.0.1', '127.0.0.1', 3000, true],
    ['127.0.0.1', '127.0.0.10', 3000, false],
    ['0.0.1', '127.0.0.1', 3000, false],
    ['::1', '::1', 3000, true],
    ['::1', '0:0:0:0:0:0:0:1', 3000, true],
    ['[::1]:3000', '::1', 3000, true],
    ['[::1]:3000', '::1', 3001, false],
    ['10.0.0.0/8', '10.200.3.4', 80, true],
    ['10.0.0.0/8', '11.0.0.1', 80, false],
    ['10.0.0.0/8', 'ten.example.com', 80, false],
    ['fd00::/8', 'fd12::1', 80, true],
    ['fd00::/8', '10.0.0.1', 80, false],
    ['*', 'anything.example.com', 1, true],
  ])('%s for %s:%i is %s', (entry, hostname, port, expected) => {
    expect(createNoProxy([entry])(hostname, port)).toBe(expected);
  });

  it('matches nothing when it is empty', () => {
    expect(createNoProxy([])('localhost', 80)).toBe(false);
  });
});
