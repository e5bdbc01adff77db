import type { LoaderFunctionArgs } from '@remix-run/node';
import { errorPage } from '../../http/run-loader.ts';
import { AppError } from '../../lib/app-error.ts';

/** Every address that leads nowhere; the root's error page says so, with a way out. */
export function loader(args: LoaderFunctionArgs) {
  throw errorPage(args, new AppError('not_found', 'There is no such page.'));
}

export const action = loader;

export default function NotFound() {
  return null;
}
