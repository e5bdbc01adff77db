import { describe, expect, it } from 'vitest';
import { formsOfSecret, SecretMask } from './mask-secret.ts';

const SECRET = `sk-live/ä+4"2'<&==secret`;
const BASE64 = Buffer.from(SECRET).toString('base64');

/** The text after it has passed in two chunks, cut at `at`. */
function pass(bytes: Buffer, at: number): Buffer {
  const mask = new SecretMask(formsOfSecret(SECRET));
  return Buffer.concat([mask.push(bytes.subarray(0, at)), mask.push(bytes.subarray(at)), mask.finish()]);
}

describe('a secret in an answer', () => {
  it.each([
    ['as it is', SECRET],
    ['in base64', BASE64],
    ['in base64 inside of JSON with escaped slashes', BASE64.replaceAll('/', '\\/')],
    ['in base64url', Buffer.from(SECRET).toString('base64url')],
    ['percent-encoded', encodeURIComponent(SECRET)],
    ['percent-encoded in small letters', encodeURIComponent(SECRET).toLowerCase()],
    ['as a form field', new URLSearchParams({ '': SECRET }).toString().slice(1)],
    ['as JSON', JSON.stringify(SECRET).slice(1, -1)],
    ['as JSON with escaped slashes', JSON.stringify(SECRET).slice(1, -1).replaceAll('/', '\\/')],
    ['as JSON in ASCII', JSON.stringify(SECRET).slice(1, -1).replace('ä', '\\u00e4')],
    [
      'as JSON in ASCII with escaped slashes',
      JSON.stringify(SECRET).slice(1, -1).replace('ä', '\\u00e4').replaceAll('/', '\\/'),
    ],
    [
      'as HTML',
      SECRET.replace('&', '&amp;').replace('<', '&lt;').replace('"', '&quot;').replace("'", '&#39;'),
    ],
  ])('%s is masked wherever the chunks are cut, and the length stays', (_name, form) => {
    const bytes = Buffer.from(`{"you sent":"${form}","again":"${form}"}`);
    for (let at = 0; at <= bytes.length; at++) {
      const passed = pass(bytes, at);
      expect(passed.length).toBe(bytes.length);
      expect(passed.includes(form)).toBe(false);
      expect(passed.toString()).toMatch(/^\{"you sent":"\*+=*","again":"\*+=*"\}$/);
    }
  });

  it('that only begins passes as it is', () => {
    for (const text of ['sk-live/', `x${SECRET.slice(0, -1)}`, 'ssk-livsk-live/']) {
      const bytes = Buffer.from(text);
      for (let at = 0; at <= bytes.length; at++) expect(pass(bytes, at).equals(bytes)).toBe(true);
    }
  });

  it('keeps a chunk that holds none of it as the same bytes, without a copy', () => {
    const chunk = Buffer.from('data: {"choices":[]}\n\n');
    expect(new SecretMask(formsOfSecret(SECRET)).push(chunk)).toBe(chunk);
  });

  it('that is too short to be one masks nothing', () => {
    expect(formsOfSecret('secret7')).toEqual([]);
  });
});
