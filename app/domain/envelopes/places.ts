/** Every column that holds envelopes, and what each envelope is bound to. */
export interface EnvelopePlace {
  table: string;
  column: string;
  /** Columns of the primary key, with their types. */
  key: Readonly<Record<string, 'text' | 'integer' | 'bytea'>>;
  /** The additional data is `<prefix>:<value of owner>`. */
  prefix: string;
  owner: string;
}

const ID = { id: 'text' } as const;

export const ENVELOPE_PLACES: readonly EnvelopePlace[] = [
  { table: 'credentials', column: 'secret_envelope', key: ID, prefix: 'credential', owner: 'id' },
  { table: 'services', column: 'proxy_secret_envelope', key: ID, prefix: 'proxy-secret', owner: 'id' },
  { table: 'egress_proxies', column: 'password_envelope', key: ID, prefix: 'egress-proxy', owner: 'id' },
  { table: 'signing_keys', column: 'private_key_envelope', key: ID, prefix: 'signing_key', owner: 'id' },
  { table: 'conversations', column: 'title_envelope', key: ID, prefix: 'conversation', owner: 'id' },
  {
    ...{ table: 'conversation_messages', column: 'envelope' },
    key: { conversation_id: 'text', position: 'integer' },
    ...{ prefix: 'conversation', owner: 'conversation_id' },
  },
  {
    ...{ table: 'oauth_grants', column: 'client_secret_envelope', key: { credential_id: 'text' } },
    ...{ prefix: 'oauth-client', owner: 'credential_id' },
  },
  {
    ...{ table: 'oauth_grants', column: 'refresh_token_envelope', key: { credential_id: 'text' } },
    ...{ prefix: 'oauth-refresh', owner: 'credential_id' },
  },
  {
    ...{ table: 'oauth_flows', column: 'verifier_envelope', key: { state_hash: 'bytea' } },
    ...{ prefix: 'oauth-verifier', owner: 'credential_id' },
  },
  {
    ...{ table: 'idempotent_answers', column: 'body_envelope' },
    key: { organization_id: 'text', key_id: 'text', idempotency_key: 'text' },
    ...{ prefix: 'idempotency', owner: 'request_id' },
  },
];
