/** What leaves this folder of a user: never the password's hash. */
import { users, type User } from '../../../db/schema/index.ts';

export const PUBLIC_USER_COLUMNS = {
  id: users.id,
  username: users.username,
  email: users.email,
  displayName: users.displayName,
  isPlatformAdmin: users.isPlatformAdmin,
  status: users.status,
  mustChangePassword: users.mustChangePassword,
  locale: users.locale,
  timeZone: users.timeZone,
  theme: users.theme,
  lastLoginAt: users.lastLoginAt,
  createdAt: users.createdAt,
};

export type PublicUser = Pick<User, keyof typeof PUBLIC_USER_COLUMNS>;
