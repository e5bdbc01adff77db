import { AppError } from '../../../lib/app-error.ts';

export function malformedAnswer(): AppError {
  return new AppError('upstream_error', 'The service sent an answer that cannot be read.');
}
