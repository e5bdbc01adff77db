import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseInput } from './parse-input.ts';
import { isAppError } from './app-error.ts';

const schema = z
  .object({
    name: z.string().min(1).max(5),
    email: z.email().optional(),
    slug: z
      .string()
      .regex(/^[a-z]+$/, 'invalid_slug')
      .optional(),
    size: z.number().int().min(2).max(9).optional(),
    kind: z.enum(['http', 'llm']).optional(),
    nested: z.object({ url: z.url() }).strict().optional(),
    again: z
      .string()
      .refine(() => false, { message: 'too_short', params: { min: 8 } })
      .optional(),
  })
  .strict();

function issuesOf(input: unknown) {
  try {
    parseInput(schema, input);
  } catch (error) {
    if (isAppError(error)) return error.issues;
  }
  return [];
}

describe('parseInput', () => {
  it('returns the parsed value', () => {
    expect(parseInput(schema, { name: 'abc' })).toEqual({ name: 'abc' });
  });

  it('says what is missing', () => {
    expect(issuesOf({})).toEqual([{ field: 'name', reason: 'required' }]);
    expect(issuesOf({ name: '' })).toEqual([{ field: 'name', reason: 'required' }]);
    expect(issuesOf(undefined)).toEqual([{ field: '', reason: 'required' }]);
  });

  it('names fields that do not exist, nested ones too', () => {
    expect(issuesOf({ name: 'a', role: 'admin', nested: { url: 'https://a.example', x: 1 } })).toEqual([
      { field: 'nested.x', reason: 'unknown_field' },
      { field: 'role', reason: 'unknown_field' },
    ]);
  });

  it('translates bounds, formats and choices', () => {
    expect(issuesOf({ name: 'abcdef' })).toEqual([
      { field: 'name', reason: 'too_long', params: { max: '5' } },
    ]);
    expect(issuesOf({ name: 'a', email: 'x' })).toEqual([{ field: 'email', reason: 'invalid_email' }]);
    expect(issuesOf({ name: 'a', slug: '9' })).toEqual([{ field: 'slug', reason: 'invalid_slug' }]);
    expect(issuesOf({ name: 'a', size: 1 })).toEqual([
      { field: 'size', reason: 'too_small', params: { min: '2' } },
    ]);
    expect(issuesOf({ name: 'a', kind: 'soap' })).toEqual([{ field: 'kind', reason: 'invalid_choice' }]);
    expect(issuesOf({ name: 'a', nested: { url: 'no' } })).toEqual([
      { field: 'nested.url', reason: 'invalid_url' },
    ]);
    expect(issuesOf({ name: 'a', again: 'x' })).toEqual([
      { field: 'again', reason: 'too_short', params: { min: 8 } },
    ]);
  });
});
