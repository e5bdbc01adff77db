import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formObject, formValues, parseForm, readIntent } from './parse-form.ts';

function post(fields: [string, string][]): Request {
  return new Request('http://site.example/form', { method: 'POST', body: new URLSearchParams(fields) });
}

function form(fields: [string, string][]): FormData {
  const data = new FormData();
  for (const [name, value] of fields) data.append(name, value);
  return data;
}

describe('parseForm', () => {
  const schema = z
    .object({
      name: z.string().min(1),
      note: z.string().optional(),
      agree: z.literal('on').optional(),
      plans: z.array(z.object({ price: z.string() }).strict()).optional(),
      tags: z.array(z.string()).optional(),
    })
    .strict();

  it('reads text, nested fields, lists and repeated fields', async () => {
    const parsed = await parseForm(
      post([
        ['name', 'Weather'],
        ['plans.1.price', '2'],
        ['plans.0.price', '1'],
        ['tags[]', 'a'],
        ['intent', 'save'],
      ]),
      schema,
    );
    expect(parsed).toEqual({
      ok: true,
      value: { name: 'Weather', plans: [{ price: '1' }, { price: '2' }], tags: ['a'] },
    });
  });

  it('takes blank fields for absent ones', async () => {
    expect(
      await parseForm(
        post([
          ['name', 'x'],
          ['note', ''],
        ]),
        schema,
      ),
    ).toEqual({ ok: true, value: { name: 'x' } });
    expect(await parseForm(post([['name', '']]), schema)).toEqual({
      ok: false,
      issues: [{ field: 'name', reason: 'required' }],
      values: { name: '' },
    });
  });

  it('refuses fields that the form does not have', async () => {
    const parsed = await parseForm(
      post([
        ['name', 'x'],
        ['isPlatformAdmin', 'true'],
      ]),
      schema,
    );
    expect(parsed).toMatchObject({
      ok: false,
      issues: [{ field: 'isPlatformAdmin', reason: 'unknown_field' }],
    });
  });

  it('gives typed values back, but never secrets', () => {
    const values = formValues(
      form([
        ['name', 'x'],
        ['password', 'p'],
        ['currentPassword', 'p'],
        ['credential.secret', 's'],
        ['api_key', 'k'],
        ['apiKey', 'k'],
        ['accessToken', 't'],
      ]),
    );
    expect(values).toEqual({ name: 'x' });
  });

  it('does not let a field name reach into prototypes', () => {
    const object = formObject(
      form([
        ['__proto__.polluted', 'yes'],
        ['constructor.prototype.polluted', 'yes'],
      ]),
    );
    expect(object['polluted']).toBeUndefined();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('survives fields that contradict each other', () => {
    expect(
      formObject(
        form([
          ['a', 'x'],
          ['a.b', 'y'],
          ['c[]', 'z'],
          ['c.d', 'w'],
        ]),
      ),
    ).toEqual({
      a: { b: 'y' },
      c: { d: 'w' },
    });
  });

  it('reads the intent and leaves the body for the parser', async () => {
    const request = post([
      ['intent', 'revoke'],
      ['name', 'x'],
    ]);
    expect(await readIntent(request)).toBe('revoke');
    expect((await parseForm(request, schema)).ok).toBe(true);
  });
});
