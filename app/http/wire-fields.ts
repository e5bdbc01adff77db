/** Domain verbs name fields in camelCase; the API answers with the names its callers sent. */
import { AppError, isAppError } from '../lib/app-error.ts';
import { describeIssues } from '../lib/parse-input.ts';

/** Runs `work` and renames the fields of what it refuses. */
export async function withWireFields<Result>(
  rename: (field: string) => string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isAppError(error) || error.issues.length === 0) throw error;
    const issues = error.issues.map((issue) => ({ ...issue, field: rename(issue.field) }));
    // Only a failed parse lists fields in its sentence.
    const message = error.code === 'invalid_request' ? describeIssues(issues) : error.message;
    throw new AppError(error.code, message, {
      issues,
      retryAfterSeconds: error.retryAfterSeconds,
      details: error.details,
      cause: error.cause,
    });
  }
}
