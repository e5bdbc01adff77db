/** Zod in, `AppError` out: what is wrong with which field, in words the `errors` namespace translates. */
import type { z } from 'zod';
import { AppError, type FieldIssue } from './app-error.ts';

/** A refinement names its reason in `message`; anything else is a sentence of zod's own. */
const REASON = /^[a-z][a-z0-9_]*$/;

const FORMAT_REASONS: Record<string, string> = { email: 'invalid_email', url: 'invalid_url' };

function issueOf(issue: z.core.$ZodIssue, input: unknown): FieldIssue[] {
  const field = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys' && REASON.test(issue.message)) {
    const params = issue.code === 'custom' ? issueParams(issue.params) : undefined;
    return [{ field, reason: issue.message, ...(params && { params }) }];
  }
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ field: field ? `${field}.${key}` : key, reason: 'unknown_field' }));
    case 'too_small': {
      const min = Number(issue.minimum);
      if (issue.origin !== 'string' && issue.origin !== 'array') {
        return [{ field, reason: 'too_small', params: { min: String(issue.minimum) } }];
      }
      if (min === 1) return [{ field, reason: 'required' }];
      return [{ field, reason: 'too_short', params: { min } }];
    }
    case 'too_big': {
      const reason = issue.origin === 'string' || issue.origin === 'array' ? 'too_long' : 'too_big';
      return [{ field, reason, params: { max: String(issue.maximum) } }];
    }
    case 'invalid_format':
      return [{ field, reason: FORMAT_REASONS[issue.format] ?? 'invalid' }];
    case 'invalid_value':
      return [{ field, reason: isMissing(input, issue.path) ? 'required' : 'invalid_choice' }];
    case 'invalid_union':
      return unionIssues(issue, input, field);
    default:
      return [{ field, reason: isMissing(input, issue.path) ? 'required' : 'invalid' }];
  }
}

/** A discriminated union says which alternative was meant; a plain one only that none fits. */
function unionIssues(issue: z.core.$ZodIssueInvalidUnion, input: unknown, field: string): FieldIssue[] {
  const [only] = issue.errors;
  if (issue.errors.length === 1 && only) {
    return only.flatMap((nested) => issueOf({ ...nested, path: [...issue.path, ...nested.path] }, input));
  }
  return [{ field, reason: isMissing(input, issue.path) ? 'required' : 'invalid_choice' }];
}

function issueParams(params: Record<string, unknown> | undefined): FieldIssue['params'] {
  if (!params) return undefined;
  const plain = Object.entries(params).filter(
    (entry): entry is [string, string | number] =>
      typeof entry[1] === 'string' || typeof entry[1] === 'number',
  );
  return plain.length > 0 ? Object.fromEntries(plain) : undefined;
}

function isMissing(input: unknown, path: PropertyKey[]): boolean {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return true;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value === undefined || value === null || value === '';
}

/** The problems of a failed parse as field issues, in the order of the fields. */
export function toFieldIssues(error: z.core.$ZodError, input: unknown): FieldIssue[] {
  return error.issues.flatMap((issue) => issueOf(issue, input));
}

/**
 * Parses what a verb was given.
 * @throws AppError `invalid_request` with one issue per problem.
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = toFieldIssues(parsed.error, input);
  throw new AppError('invalid_request', describeIssues(issues), { issues });
}

/** One English sentence for API callers; pages show the translated reasons instead. */
export function describeIssues(issues: FieldIssue[]): string {
  const unknown = issues.filter((issue) => issue.reason === 'unknown_field').map((issue) => issue.field);
  if (unknown.length > 0) return `Unknown field: ${unknown.join(', ')}.`;
  const parts = issues.map(({ field, reason, params }) => {
    const bounds = params
      ? ` (${Object.entries(params)
          .map(([name, value]) => `${name} ${value}`)
          .join(', ')})`
      : '';
    return `${field || 'body'}: ${reason.replaceAll('_', ' ')}${bounds}`;
  });
  return `Some fields are not valid: ${parts.join('; ')}.`;
}
