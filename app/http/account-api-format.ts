/** JSON of the `/api/v1/auth/*` endpoints: snake_case, and nothing of a user but what is listed here. */
import type { PublicUser } from '../domain/users/index.ts';
import type { IssuedToken } from '../infra/tokens.ts';

interface AnsweredOrganization {
  id: string;
  name: string;
  slug: string;
  sellingEnabledAt: Date | null;
}

export function userAnswer(user: PublicUser) {
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    display_name: user.displayName,
    is_platform_admin: user.isPlatformAdmin,
    must_change_password: user.mustChangePassword,
    locale: user.locale,
    time_zone: user.timeZone,
    created_at: user.createdAt,
  };
}

export function organizationAnswer(organization: AnsweredOrganization) {
  return {
    id: organization.id,
    name: organization.name,
    slug: organization.slug,
    is_seller: organization.sellingEnabledAt !== null,
  };
}

/** RFC 6749 §5.1 names, and the moment itself. */
export function tokenAnswer(issued: IssuedToken) {
  return {
    token: issued.token,
    token_type: 'Bearer',
    expires_in: issued.expiresInSeconds,
    expires_at: issued.expiresAt,
  };
}

const WIRE_NAMES: Record<string, string> = { displayName: 'display_name', timeZone: 'time_zone' };

/** How callers of the API write a field of the domain. */
export const accountApiField = (field: string): string => WIRE_NAMES[field] ?? field;
