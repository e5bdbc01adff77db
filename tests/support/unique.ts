import { randomBytes } from 'node:crypto';

/** Good as a name, a slug and a user name. */
export const unique = (prefix: string): string => `${prefix}-${randomBytes(4).toString('hex')}`;
