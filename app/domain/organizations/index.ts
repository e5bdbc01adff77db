/** Tenants. What other nouns and routes may use. */
export { createOrganization } from './create-organization.ts';
export { enableSelling } from './enable-selling.ts';
export { getOrganization, type OrganizationSettings } from './get-organization.ts';
export { getOrganizationName } from './get-organization-name.ts';
export { listUserOrganizations } from './list-user-organizations.ts';
export { timeZoneSchema, organizationNameSchema, updateOrganizationSchema } from './schemas.ts';
export { updateOrganization } from './update-organization.ts';
