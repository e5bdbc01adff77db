/** Choices of a service that the schema, the domain and the browser's forms share. */

export const SERVICE_CATEGORIES = [
  'ai',
  'data',
  'developer_tools',
  'finance',
  'geo',
  'media',
  'messaging',
  'productivity',
  'search',
  'other',
] as const;

/** Where a seller's credential goes in a call. */
export const CREDENTIAL_PLACEMENTS = ['bearer', 'header', 'query', 'basic', 'none'] as const;
export type CredentialPlacement = (typeof CREDENTIAL_PLACEMENTS)[number];
