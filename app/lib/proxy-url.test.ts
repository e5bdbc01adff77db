import { describe, expect, it } from 'vitest';
import { parseProxyUrl } from './proxy-url.ts';

describe('parseProxyUrl', () => {
  it.each([
    ['http://proxy.example.com:3128', ['http', 'proxy.example.com', 3128, null, null]],
    ['HTTPS://Proxy.Example.com/', ['https', 'proxy.example.com', 443, null, null]],
    ['http://proxy.example.com:80', ['http', 'proxy.example.com', 80, null, null]],
    ['socks5://proxy.example.com', ['socks5', 'proxy.example.com', 1080, null, null]],
    ['socks5h://me:p%40ss@proxy.example.com:9050', ['socks5', 'proxy.example.com', 9050, 'me', 'p@ss']],
    ['http://[2001:db8::1]:8080', ['http', '2001:db8::1', 8080, null, null]],
    // The spellings of an address are one address, so that no rule about addresses can be walked round.
    ['socks5://2130706433:1080', ['socks5', '127.0.0.1', 1080, null, null]],
    ['socks5://0x7f.1:1080', ['socks5', '127.0.0.1', 1080, null, null]],
  ])('reads %s', (text, [protocol, host, port, username, password]) => {
    expect(parseProxyUrl(text)).toEqual({ protocol, host, port, username, password });
  });

  it.each([
    '',
    'proxy.example.com:3128',
    'ftp://proxy.example.com',
    'socks4://proxy.example.com',
    'httph://proxy.example.com',
    'http://',
    'http://proxy.example.com/path',
    'http://proxy.example.com?x=1',
    'http://proxy.example.com#x',
    'http://proxy.example.com:0',
    'http://proxy.example.com:65536',
    'http://user:%zz@proxy.example.com',
    'http://a b.example.com',
    `http://${'a'.repeat(2_000)}.example.com`,
  ])('refuses "%s"', (text) => {
    expect(parseProxyUrl(text)).toBeNull();
  });
});
