import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCanonicalJson, type Json } from './canonical-json.ts';

describe('toCanonicalJson', () => {
  it('writes the example of RFC 8785', () => {
    const text = String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`;
    expect(toCanonicalJson(JSON.parse(text) as Json)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it('sorts names by UTF-16 code units', () => {
    const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const value = Object.fromEntries(names.map((name) => [name, 0]));
    expect(Object.keys(JSON.parse(toCanonicalJson(value)) as object).sort()).toEqual(names.sort());
    expect(toCanonicalJson(value).indexOf('\ud83d')).toBeLessThan(toCanonicalJson(value).indexOf('\ufb33'));
  });

  it('gives the same text for the same value, whatever it was read from', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = toCanonicalJson(value as Json);
        expect(toCanonicalJson(JSON.parse(text) as Json)).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([NaN, Infinity, '\ud800', { '\udc00': 1 }])('refuses %j', (value) => {
    expect(() => toCanonicalJson(value as Json)).toThrow(TypeError);
  });
});
