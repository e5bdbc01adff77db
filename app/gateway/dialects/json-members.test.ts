import { describe, expect, it } from 'vitest';
import { editMembers, scanMembers } from './json-members.ts';

describe('JSON members', () => {
  it('are found whatever their values hold', () => {
    const text = ' {"a":"}],{\\"","b":[1,{"c":2}],"d" : -1.5e3 ,"e":null,"f":{}} ';
    const scan = scanMembers(Buffer.from(text), 10);
    if (!scan.ok) throw new Error('no object');
    const values = scan.members.map(({ name, valueStart, valueEnd }) => [
      name,
      text.slice(valueStart, valueEnd),
    ]);
    expect(values).toEqual([
      ['a', '"}],{\\""'],
      ['b', '[1,{"c":2}]'],
      ['d', '-1.5e3'],
      ['e', 'null'],
      ['f', '{}'],
    ]);
  });

  it('are added to an object that has none', () => {
    const body = Buffer.from('{}');
    const scan = scanMembers(body, 9);
    if (!scan.ok) throw new Error('no object');
    expect(editMembers(body, scan, [{ name: 'x', value: '1' }]).toString()).toBe('{"x":1}');
  });

  it('nested 300 000 deep are refused before a parser sees them', () => {
    const deep = `{"messages":${'['.repeat(300_000)}${']'.repeat(300_000)}}`;
    expect(scanMembers(Buffer.from(deep), 64)).toEqual({ ok: false, problem: 'too_deep' });
  });
});
