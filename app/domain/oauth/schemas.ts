import { z } from 'zod';
import { OAUTH_PROVIDERS, findPreset } from './presets.ts';

const url = z.string().trim().max(2_000);

/** Absent URLs and scopes are the preset's; an absent secret is the stored one, or none. */
export const startOauthSchema = z
  .strictObject({
    credentialId: z.string().max(64),
    provider: z.enum(OAUTH_PROVIDERS),
    grant: z.enum(['authorization_code', 'client_credentials']),
    clientId: z.string().trim().min(1).max(500),
    clientSecret: z.string().trim().min(1).max(4_000).optional(),
    scopes: z.string().trim().max(2_000).optional(),
    authorizeUrl: url.optional(),
    tokenUrl: url.optional(),
  })
  .superRefine((input, check) => {
    const preset = findPreset(input.provider);
    if (preset) {
      if (input.grant !== 'client_credentials') return;
      if (preset.clientScopes === null)
        check.addIssue({ code: 'custom', path: ['grant'], message: 'oauth_grant_unknown' });
      else if (!input.tokenUrl)
        check.addIssue({ code: 'custom', path: ['tokenUrl'], message: 'oauth_tenant_needed' });
      return;
    }
    const needed =
      input.grant === 'authorization_code'
        ? (['authorizeUrl', 'tokenUrl'] as const)
        : (['tokenUrl'] as const);
    for (const field of needed) {
      if (!input[field]) check.addIssue({ code: 'custom', path: [field], message: 'required' });
    }
  });

/** What came back: from the call-back address, or pasted by a person. */
export const completeOauthSchema = z.strictObject({
  /** When known: the flow must have been begun for this one. */
  credentialId: z.string().max(64).optional(),
  code: z.string().trim().min(1).max(8_000),
  state: z.string().trim().max(500).optional(),
});

export type StartOauthInput = z.input<typeof startOauthSchema>;
export type CompleteOauthInput = z.input<typeof completeOauthSchema>;

/**
 * Code and state of what people paste: the code alone, `code#state`, or the whole address that the
 * provider sent them to.
 */
export function readPasted(text: string): { code: string; state: string | null } {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) {
    const { searchParams } = new URL(text);
    return { code: searchParams.get('code') ?? '', state: searchParams.get('state') };
  }
  const [code = '', state] = text.split('#', 2);
  return { code, state: state ?? null };
}
