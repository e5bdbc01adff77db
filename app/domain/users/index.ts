/** People and how they prove who they are. What other nouns and routes may use. */
export { issueAccessToken, verifyAccessToken } from './access-token.ts';
export { changePassword } from './change-password.ts';
export { createAdministrator } from './create-administrator.ts';
export { listUsers, type UserPage } from './list-users.ts';
export { MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS } from './password-policy.ts';
export { registerUser } from './register-user.ts';
export { reinstateUser } from './reinstate-user.ts';
export {
  changePasswordSchema,
  moderateUserSchema,
  registerFormSchema,
  updateProfileSchema,
} from './schemas.ts';
export type { ChangePasswordInput, RegisterUserInput, UpdateProfileInput } from './schemas.ts';
export { suspendUser } from './suspend-user.ts';
export { updateProfile } from './update-profile.ts';
export type { PublicUser } from './user-view.ts';
export { verifyLogin } from './verify-login.ts';
