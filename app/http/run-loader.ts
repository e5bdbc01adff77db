/** Runs the body of a page's loader and turns what it throws into an error page. */
import { data, type LoaderFunctionArgs } from '@remix-run/node';
import { errorHeaders, toAppError, toPublicError } from './error-response.ts';

/**
 * Runs `work`. An AppError is thrown on as `data(PublicError, status)`, so that the route's
 * ErrorBoundary sees an error response with code and request id instead of a bare 500.
 */
export async function pageLoader<Result>(
  { context }: Pick<LoaderFunctionArgs, 'context'>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    // Responses and `data()` are answers already.
    if (!(thrown instanceof Error)) throw thrown;
    throw errorPage({ context }, thrown);
  }
}

/** What to `throw` for an error page with this error's status. */
export function errorPage({ context }: Pick<LoaderFunctionArgs, 'context'>, thrown: unknown) {
  const error = toAppError(thrown, { logger: context.platform.logger, requestId: context.requestId });
  return data(toPublicError(error, context.requestId), {
    status: error.status,
    headers: errorHeaders(error),
  });
}
