import { describe, expect, it } from 'vitest';
import { createIdGenerator, encodeUlidTime, ID_PREFIXES, isId, newId, type IdNoun } from './ids.ts';

const nouns = Object.keys(ID_PREFIXES) as IdNoun[];

describe('ids', () => {
  it.each(nouns)('of a %s carry its prefix and no other noun accepts them', (noun) => {
    const id = newId(noun);
    expect(id).toMatch(new RegExp(`^${ID_PREFIXES[noun]}_[0-9a-hjkmnp-tv-z]{26}$`));
    expect(nouns.filter((other) => isId(other, id))).toEqual([noun]);
  });

  it('have a prefix of their own per noun', () => {
    expect(new Set(Object.values(ID_PREFIXES)).size).toBe(nouns.length);
  });

  it('do not repeat', () => {
    const generate = createIdGenerator(() => 1_795_248_364_083);
    const ids = Array.from({ length: 50_000 }, () => generate('request'));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('sort by time', () => {
    let nowMs = 1_795_248_364_083;
    const generate = createIdGenerator(() => nowMs);
    const ids = Array.from({ length: 500 }, (_, i) => {
      nowMs += i % 7 === 0 ? 1 : 1_000;
      return generate('request');
    });
    expect([...ids].sort()).toEqual(ids);
  });

  it('of two generators differ in the same millisecond', () => {
    const now = () => 1_795_248_364_083;
    const [one, other] = [createIdGenerator(now), createIdGenerator(now)];
    expect(one('request')).not.toBe(other('request'));
  });

  it('encode time as ULIDs do', () => {
    // The example of the ULID specification: 01ARZ3NDEKTSV4RRFFQ69G5FAV.
    expect(encodeUlidTime(1469922850259)).toBe('01arz3ndek');
    expect(encodeUlidTime(0)).toBe('0000000000');
    expect(encodeUlidTime(2 ** 48 - 1)).toBe('7zzzzzzzzz');
    expect(encodeUlidTime(1_700_000_000_000) < encodeUlidTime(1_700_000_000_001)).toBe(true);
  });

  it.each([
    '',
    'svc_',
    'svc_short',
    `svc_${'0'.repeat(27)}`,
    `svc_${'u'.repeat(26)}`,
    `svc_${'A'.repeat(26)}`,
  ])('are not %j', (text) => {
    expect(isId('service', text)).toBe(false);
  });

  it('are not followed by a line feed', () => {
    expect(isId('service', `${newId('service')}\n`)).toBe(false);
  });
});
