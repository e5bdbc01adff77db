/** Runs the body of a page's action and turns what it throws into data its form shows again. */
import { data, type ActionFunctionArgs } from '@remix-run/node';
import type { FieldIssue } from '../lib/app-error.ts';
import { errorHeaders, toAppError, toPublicError, type PublicError } from './error-response.ts';
import { formValues } from './parse-form.ts';

/** What a form gets back when it could not be carried out. */
export interface FormFailure {
  issues: FieldIssue[];
  /** What was typed, without passwords and other secrets. */
  values: Record<string, string>;
  /** Null when only fields are at fault. */
  error: PublicError | null;
}

/** Answers a form whose fields do not parse: 400 with the issues and what was typed. */
export function formFailure(failure: { issues: FieldIssue[]; values: Record<string, string> }) {
  return data<FormFailure>({ issues: failure.issues, values: failure.values, error: null }, { status: 400 });
}

/**
 * Runs `work`. Its Responses (also thrown ones, such as redirects) pass; an AppError becomes a
 * FormFailure with the error's status; anything else is logged and becomes a 500 one.
 */
export async function formAction<Result>(
  { request, context }: ActionFunctionArgs,
  work: () => Promise<Result>,
): Promise<Result | ReturnType<typeof data<FormFailure>>> {
  // `work` reads the body; this copy gives back what was typed.
  const copy = request.clone();
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof Response) throw thrown;
    const error = toAppError(thrown, { logger: context.platform.logger, requestId: context.requestId });
    const headers = errorHeaders(error);
    return data<FormFailure>(
      {
        issues: error.issues,
        values: formValues(await copy.formData().catch(() => new FormData())),
        error: toPublicError(error, context.requestId),
      },
      { status: error.status, headers },
    );
  }
}
