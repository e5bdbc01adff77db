-- As before, but of units too only the difference counts.
-- A call whose process was taken for dead, and which ended well after all: its event says truncated, and is never
-- changed. A second event charges what the first did not. The answer was delivered, so it is owed also where the
-- wallet has less by now. Returns how many were recorded.
CREATE OR REPLACE FUNCTION correct_swept_call(p_event jsonb, p_charge bigint, p_lines jsonb, p_counters jsonb) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  swept usage_events;
  wallet wallets;
  correction text := substr(p_event ->> 'request_id', 1, length(p_event ->> 'request_id') - 1) || translate(
    right(p_event ->> 'request_id', 1), '0123456789abcdefghjkmnpqrstvwxyz', '123456789abcdefghjkmnpqrstvwxyz0');
  owed bigint;
  fee bigint;
  from_promo bigint;
  from_wallet bigint;
  transaction_id text;
BEGIN
  SELECT * INTO swept FROM usage_events u
  WHERE u.organization_id = p_event ->> 'organization_id' AND u.request_id = p_event ->> 'request_id'
    AND u.terminal_state = 'truncated' AND u.fault = 'platform';
  IF NOT FOUND THEN RETURN 0; END IF;
  owed := p_charge - swept.charge_nanos;
  IF owed <= 0 THEN RETURN 0; END IF;
  SELECT owed * f.basis_points / 10000 INTO fee FROM platform_fees f
  WHERE f.effective_from <= now() ORDER BY f.effective_from DESC LIMIT 1;
  INSERT INTO wallets (organization_id) VALUES (swept.organization_id) ON CONFLICT DO NOTHING;
  SELECT * INTO wallet FROM wallets w WHERE w.organization_id = swept.organization_id FOR UPDATE;
  from_promo := least(owed, wallet.promo_nanos);
  from_wallet := least(owed - from_promo, wallet.available_nanos);
  INSERT INTO usage_events (
    organization_id, request_id, seller_organization_id, service_id, plan_id, price_version_id, subscription_id, key_id,
    method, status_code, terminal_state, fault, error_code, streamed, attempts, request_bytes, response_bytes, model,
    input_tokens, output_tokens, usage_source, first_byte_ms, total_ms, upstream_id, credential_id, trace,
    charge_nanos, fee_nanos, promo_nanos, credit_nanos, lines)
  VALUES (
    swept.organization_id, correction, swept.seller_organization_id, swept.service_id, swept.plan_id,
    swept.price_version_id, swept.subscription_id, swept.key_id, swept.method, (p_event ->> 'status_code')::integer,
    p_event ->> 'terminal_state', p_event ->> 'fault', p_event ->> 'error_code', (p_event ->> 'streamed')::boolean,
    (p_event ->> 'attempts')::integer, greatest(0, (p_event ->> 'request_bytes')::bigint - swept.request_bytes),
    greatest(0, (p_event ->> 'response_bytes')::bigint - swept.response_bytes), p_event ->> 'model',
    greatest(0, (p_event ->> 'input_tokens')::bigint - coalesce(swept.input_tokens, 0)),
    greatest(0, (p_event ->> 'output_tokens')::bigint - coalesce(swept.output_tokens, 0)), p_event ->> 'usage_source',
    (p_event ->> 'first_byte_ms')::integer, (p_event ->> 'total_ms')::integer, p_event ->> 'upstream_id',
    p_event ->> 'credential_id', jsonb_build_object('corrects', swept.request_id), owed, fee, from_promo,
    owed - from_promo - from_wallet,
    p_lines || coalesce((
      -- What the first event has charged is taken off, line by line.
      SELECT jsonb_agg(l || jsonb_build_object('quantity', -(l ->> 'quantity')::bigint, 'amountNanos', (-(l ->> 'amountNanos')::bigint)::text)
        || CASE WHEN l ? 'included' THEN jsonb_build_object('included', -(l ->> 'included')::bigint) ELSE '{}' END)
      FROM jsonb_array_elements(swept.lines) AS l), '[]'))
  ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN 0; END IF;
  UPDATE wallets w SET available_nanos = w.available_nanos - from_wallet, promo_nanos = w.promo_nanos - from_promo,
    credit_used_nanos = w.credit_used_nanos + owed - from_promo - from_wallet, updated_at = now()
  WHERE w.organization_id = swept.organization_id;
  PERFORM take_promotional_credit(swept.organization_id, from_promo);
  IF p_counters IS NOT NULL THEN
    PERFORM count_units(swept.organization_id, swept.subscription_id, p_counters);
    UPDATE subscription_counters c
    SET used_units = greatest(0, c.used_units - t.used), quota_units = greatest(0, c.quota_units - t.quota),
        charged_nanos = c.charged_nanos - t.charged
    FROM (
      SELECT l ->> 'meter' AS meter, sum((l ->> 'quantity')::bigint + coalesce((l ->> 'included')::bigint, 0))::bigint AS used,
             sum(coalesce((l ->> 'included')::bigint, 0))::bigint AS quota, sum((l ->> 'amountNanos')::bigint)::bigint AS charged
      FROM jsonb_array_elements(swept.lines) AS l GROUP BY 1) t
    WHERE c.subscription_id = swept.subscription_id AND c.meter = t.meter
      AND c.period_start = (p_counters ->> 'period_start')::timestamptz AND p_counters -> 'meters' ? t.meter;
  END IF;
  transaction_id := 'ltx_' || substr(correction, 5);
  INSERT INTO ledger_transactions (id, kind, reference) VALUES (transaction_id, 'usage', correction);
  INSERT INTO ledger_entries (transaction_id, account_id, amount_nanos)
  SELECT transaction_id, ledger_account(v.owner, v.purpose, wallet.currency), v.amount
  FROM (VALUES
    (swept.organization_id, 'buyer_wallet', -from_wallet),
    (swept.organization_id, 'promotional_credit', -from_promo),
    (swept.organization_id, 'buyer_receivable', -(owed - from_promo - from_wallet)),
    (swept.seller_organization_id, 'seller_pending', owed - fee),
    (NULL::text, 'platform_fee', fee)) AS v (owner, purpose, amount)
  WHERE v.amount <> 0;
  RETURN 1;
END $$;
