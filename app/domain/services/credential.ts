/** Where a seller's secret goes in a request, and how it is kept out of everything else. */
import type { CredentialPlacement } from '../../../db/schema/index.ts';

export interface CredentialUse {
  placement: CredentialPlacement;
  /** Header or query parameter; null for the others. */
  parameterName: string | null;
  /** Null when placement is none. */
  secret: string | null;
}

/**
 * The request with the secret in its place. The caller has made sure that `url` is on the
 * upstream's own origin.
 */
export function applyCredential(
  request: { url: string; headers: Record<string, string> },
  credential: CredentialUse,
): { url: string; headers: Record<string, string> } {
  const { placement, parameterName, secret } = credential;
  if (placement === 'none' || secret === null) return request;
  switch (placement) {
    case 'bearer':
      return { ...request, headers: { ...request.headers, authorization: `Bearer ${secret}` } };
    case 'basic':
      return {
        ...request,
        headers: {
          ...request.headers,
          authorization: `Basic ${Buffer.from(secret, 'utf8').toString('base64')}`,
        },
      };
    case 'header':
      return { ...request, headers: { ...request.headers, [(parameterName ?? '').toLowerCase()]: secret } };
    case 'query': {
      const url = new URL(request.url);
      url.searchParams.set(parameterName ?? '', secret);
      return { ...request, url: url.toString() };
    }
  }
}

/** Every form in which a secret may come back: as it is, in base64 (both alphabets), URL-encoded. */
export function secretForms(secret: string): string[] {
  const forms = [secret];
  // Of `user:password` the password alone is as secret as the whole.
  const password = secret.includes(':') ? secret.slice(secret.indexOf(':') + 1) : '';
  if (password.length >= 6) forms.push(password);
  const encoded = forms.flatMap((form) => {
    const base64 = Buffer.from(form, 'utf8').toString('base64');
    const query = new URLSearchParams({ s: form }).toString().slice(2);
    return [
      base64,
      base64.replace(/=+$/, ''),
      Buffer.from(form).toString('base64url'),
      encodeURIComponent(form),
      query,
    ];
  });
  const json = JSON.stringify(secret).slice(1, -1);
  return [...new Set([...forms, ...encoded, json])]
    .filter((form) => form.length > 0)
    .sort((a, b) => b.length - a.length);
}

/** `text` with every form of the secret replaced by bullets. */
export function maskSecret(text: string, secret: string | null): string {
  if (!secret) return text;
  let masked = text;
  for (const form of secretForms(secret)) masked = masked.replaceAll(form, '••••••');
  return masked;
}
