/** What reports and receipts answer. */
import { count, instant, list, money, nullable, object, ref, text, type Schema } from './shapes.ts';

const group: Schema = object({ id: text(), name: nullable(text('Null: nothing has a name for it.')) });
const usage = {
  calls: count,
  errors: count,
  average_ms: nullable(count),
  p50_ms: nullable(count),
  p95_ms: nullable(count),
  input_tokens: count,
  output_tokens: count,
  cached_input_tokens: count,
  cache_write_tokens: count,
  reasoning_tokens: count,
  request_bytes: count,
  response_bytes: count,
  charge: money,
};
const billing = {
  usage: money,
  subscription: money,
  refunded: money,
  discount: money,
  net: money,
  wallet: money,
  promo: money,
  credit: money,
  fee: money,
  earned: money,
};
/** What paid is for buyers, the platform's share for sellers; administrators see all. */
const OF_ONE_SIDE = ['wallet', 'promo', 'credit', 'fee', 'earned'];

function report(sums: Record<string, Schema>, optional: string[], more: Record<string, Schema> = {}): Schema {
  return object({
    object: text(),
    perspective: text('buyer, seller or admin.'),
    currency: text('ISO 4217.'),
    from: instant,
    to: instant,
    time_zone: text('IANA name.'),
    granularity: text('hour, day, week or month.'),
    group_by: text(),
    totals: object(sums, optional),
    periods: list(object({ period: text('A local day, or an instant by the hour.'), ...sums }, optional)),
    groups: list(object({ id: text(), name: nullable(text()), ...sums }, optional)),
    rows: list(object({ period: text(), group, ...sums }, optional)),
    ...more,
  });
}

export const reportSchemas: Record<string, Schema> = {
  UsageReport: report(usage, []),
  BillingReport: report(billing, OF_ONE_SIDE, {
    ledger_usage: nullable(text('What the ledger has for the calls of the range; null when narrowed.')),
  }),
  Statistics: object({
    from: instant,
    to: instant,
    time_zone: text('IANA name.'),
    counts: { type: 'object', additionalProperties: count },
    usage: { type: 'object' },
    money: { type: 'object', additionalProperties: money },
    services: list(ref('StatisticsRow')),
    models: list(ref('StatisticsRow')),
  }),
  Receipt: object({
    payload: text('Canonical JSON (RFC 8785), exactly as signed; docs/receipts.md says what is in it.'),
    hash: text('SHA-256 of the payload, hex.'),
    signing_key_id: text(),
    signature: text('Ed25519 over the bytes of the payload, base64url.'),
  }),
  ReceiptKeys: object({
    keys: list(
      object({
        kty: text('OKP'),
        crv: text('Ed25519'),
        alg: text('EdDSA'),
        use: text('sig'),
        kid: text('The signing_key_id of receipts.'),
        x: text('The public key, base64url.'),
        created_at: instant,
        retired_at: nullable(instant),
      }),
    ),
  }),
  StatisticsRow: object({ id: text(), name: nullable(text()), calls: count, charged: money }),
};
