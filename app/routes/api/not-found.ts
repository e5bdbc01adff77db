import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { apiNotFound } from '../../http/api.ts';

/** Addresses below /api/v1 that do not exist answer in JSON, whoever asks. */
export const loader = (args: LoaderFunctionArgs) => apiNotFound(args);
export const action = (args: ActionFunctionArgs) => apiNotFound(args);
