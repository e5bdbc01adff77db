-- Calls that hold no money are most of all calls, and nobody waits for their events: they are written without what charged
-- ones need. `ON CONFLICT` looks for every row in the index before it goes there, which is a third of the cost of an
-- event; nearly all are new, so it is left to those batches that turn out not to be.

-- The events of calls that hold nothing. What calls have in common stands in p_calls, what their details have in p_details;
-- p_call and p_detail say whose is which, from one; no detail is null.
CREATE FUNCTION free_events(p_calls jsonb, p_call integer[], p_request_ids text[], p_request_bytes bigint[], p_response_bytes bigint[],
  p_input_tokens bigint[], p_output_tokens bigint[], p_first_byte_ms integer[], p_total_ms integer[],
  p_details text[], p_detail integer[]
) RETURNS TABLE (organization_id text, request_id text, seller_organization_id text, service_id text, plan_id text, price_version_id text,
  subscription_id text, key_id text, method text, status_code integer, terminal_state text, fault text, error_code text,
  streamed boolean, attempts integer, request_bytes bigint, response_bytes bigint, model text, input_tokens bigint,
  output_tokens bigint, usage_source text, first_byte_ms integer, total_ms integer, upstream_id text, credential_id text,
  cached_input_tokens bigint, cache_write_tokens bigint, reasoning_tokens bigint, served_model text, cache text,
  trace jsonb, charge_nanos bigint, fee_nanos bigint
) LANGUAGE sql STABLE AS $$
  SELECT c.organization_id, e.request_id, c.seller_organization_id, c.service_id, c.plan_id, c.price_version_id,
    c.subscription_id, c.key_id, c.method, c.status_code, c.terminal_state, c.fault, c.error_code, c.streamed, c.attempts,
    e.request_bytes, e.response_bytes, c.model, e.input_tokens, e.output_tokens, c.usage_source, e.first_byte_ms,
    e.total_ms, c.upstream_id, c.credential_id, d.cached_input_tokens, d.cache_write_tokens, d.reasoning_tokens,
    d.served_model, d.cache, d.trace, 0::bigint, 0::bigint
  FROM unnest(p_call, p_request_ids, p_request_bytes, p_response_bytes, p_input_tokens, p_output_tokens,
              p_first_byte_ms, p_total_ms, p_detail)
    AS e (call, request_id, request_bytes, response_bytes, input_tokens, output_tokens, first_byte_ms, total_ms, detail)
  JOIN ROWS FROM (jsonb_to_recordset(p_calls) AS (
      organization_id text, seller_organization_id text, service_id text, plan_id text, price_version_id text,
      subscription_id text, key_id text, method text, model text, upstream_id text, credential_id text,
      status_code integer, terminal_state text, fault text, error_code text, streamed boolean, attempts integer,
      usage_source text))
    WITH ORDINALITY AS c (organization_id, seller_organization_id, service_id, plan_id, price_version_id,
      subscription_id, key_id, method, model, upstream_id, credential_id, status_code, terminal_state, fault,
      error_code, streamed, attempts, usage_source, position)
    ON c.position = e.call
  LEFT JOIN (
    SELECT t.position, r.* FROM unnest(p_details) WITH ORDINALITY AS t (detail, position)
    CROSS JOIN LATERAL jsonb_to_record(t.detail::jsonb) AS r (
      cached_input_tokens bigint, cache_write_tokens bigint, reasoning_tokens bigint, served_model text,
      cache text, trace jsonb)) AS d
    ON d.position = e.detail
$$;
--> statement-breakpoint

-- One usage event per request id, for calls that hold nothing. Returns how many were recorded now.
CREATE FUNCTION record_batch(p_calls jsonb, p_call integer[], p_request_ids text[], p_request_bytes bigint[], p_response_bytes bigint[],
  p_input_tokens bigint[], p_output_tokens bigint[], p_first_byte_ms integer[], p_total_ms integer[],
  p_details text[], p_detail integer[]
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE recorded_count integer;
BEGIN
  -- A commit that need not wait for the disk.
  PERFORM set_config('synchronous_commit', 'off', true);
  BEGIN
    INSERT INTO usage_events (
      organization_id, request_id, seller_organization_id, service_id, plan_id, price_version_id, subscription_id, key_id,
      method, status_code, terminal_state, fault, error_code, streamed, attempts, request_bytes, response_bytes, model,
      input_tokens, output_tokens, usage_source, first_byte_ms, total_ms, upstream_id, credential_id,
      cached_input_tokens, cache_write_tokens, reasoning_tokens, served_model, cache, trace, charge_nanos, fee_nanos)
    SELECT * FROM free_events(p_calls, p_call, p_request_ids, p_request_bytes, p_response_bytes, p_input_tokens, p_output_tokens,
      p_first_byte_ms, p_total_ms, p_details, p_detail);
  EXCEPTION WHEN unique_violation THEN
    INSERT INTO usage_events (
      organization_id, request_id, seller_organization_id, service_id, plan_id, price_version_id, subscription_id, key_id,
      method, status_code, terminal_state, fault, error_code, streamed, attempts, request_bytes, response_bytes, model,
      input_tokens, output_tokens, usage_source, first_byte_ms, total_ms, upstream_id, credential_id,
      cached_input_tokens, cache_write_tokens, reasoning_tokens, served_model, cache, trace, charge_nanos, fee_nanos)
    SELECT * FROM free_events(p_calls, p_call, p_request_ids, p_request_bytes, p_response_bytes, p_input_tokens, p_output_tokens,
      p_first_byte_ms, p_total_ms, p_details, p_detail)
    ON CONFLICT DO NOTHING;
  END;
  GET DIAGNOSTICS recorded_count = ROW_COUNT;
  RETURN recorded_count;
END $$;
--> statement-breakpoint

-- One usage event per request id. Where money was held: the charge, never above the hold, from promotional credit,
-- then the wallet, then invoiced credit; the rest goes back to where it came from. What calls have in common stands in
-- p_calls, status and outcome included; p_details (JSON or null) holds what plain calls do not have, p_lines how the
-- charge comes about, p_counters what it adds to the counters of the subscription. Returns how many were recorded now.
CREATE OR REPLACE FUNCTION settle_batch(
  p_calls jsonb, p_call integer[], p_request_ids text[], p_request_bytes bigint[], p_response_bytes bigint[],
  p_input_tokens bigint[], p_output_tokens bigint[], p_first_byte_ms integer[], p_total_ms integer[],
  p_charges bigint[], p_details text[], p_lines text[], p_counters text[]
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  basis_points integer;
  recorded_count integer;
  specials jsonb;
  late integer[];
  i integer;
  item record;
BEGIN
  SELECT f.basis_points INTO basis_points FROM platform_fees f
  WHERE f.effective_from <= now() ORDER BY f.effective_from DESC LIMIT 1;
  PERFORM 1 FROM wallets w
  WHERE w.organization_id IN (
    SELECT c ->> 'organization_id' FROM jsonb_array_elements(p_calls) AS c WHERE (c ->> 'held')::boolean)
  ORDER BY w.organization_id FOR UPDATE;

  WITH incoming AS (
    SELECT DISTINCT ON (c.organization_id, e.request_id) c.*, e.*
    FROM unnest(p_call, p_request_ids, p_request_bytes, p_response_bytes, p_input_tokens, p_output_tokens,
                p_first_byte_ms, p_total_ms, p_charges, p_details, p_lines)
      WITH ORDINALITY AS e (call, request_id, request_bytes, response_bytes, input_tokens, output_tokens, first_byte_ms,
            total_ms, charge_nanos, details, lines, item)
    JOIN ROWS FROM (jsonb_to_recordset(p_calls) AS (
        organization_id text, seller_organization_id text, service_id text, plan_id text, price_version_id text,
        subscription_id text, key_id text, method text, model text, upstream_id text, credential_id text,
        status_code integer, terminal_state text, fault text, error_code text, streamed boolean, attempts integer,
        usage_source text, held boolean))
      WITH ORDINALITY AS c (organization_id, seller_organization_id, service_id, plan_id, price_version_id,
        subscription_id, key_id, method, model, upstream_id, credential_id, status_code, terminal_state, fault,
        error_code, streamed, attempts, usage_source, held, position)
      ON c.position = e.call
  ), closed AS (
    DELETE FROM holds h USING incoming i
    WHERE i.held AND h.organization_id = i.organization_id AND h.request_id = i.request_id
    RETURNING h.organization_id, h.request_id, h.amount_nanos, h.promo_nanos, h.credit_nanos, h.quota, h.period_start, h.budgets,
              h.call ->> 'subscription_id' AS held_subscription
  ), capped AS (
    SELECT i.*, h.amount_nanos AS hold_nanos, h.promo_nanos AS hold_promo, h.credit_nanos AS hold_credit,
           h.quota, h.period_start, h.budgets, h.held_subscription,
           CASE WHEN h.request_id IS NULL THEN 0 ELSE greatest(0, least(i.charge_nanos, h.amount_nanos)) END AS final_nanos
    FROM incoming i LEFT JOIN closed h ON h.organization_id = i.organization_id AND h.request_id = i.request_id
  ), charged AS (
    SELECT c.*, coalesce(least(c.final_nanos, c.hold_promo), 0) AS promo_part,
           coalesce(greatest(0, c.final_nanos - (c.hold_nanos - c.hold_credit)), 0) AS credit_part
    FROM capped c
  ), recorded AS (
    INSERT INTO usage_events (
      organization_id, request_id, seller_organization_id, service_id, plan_id, price_version_id, subscription_id,
      key_id, method, status_code, terminal_state, fault, error_code, streamed, attempts, request_bytes,
      response_bytes, model, input_tokens, output_tokens, usage_source, first_byte_ms, total_ms, upstream_id,
      credential_id, cached_input_tokens, cache_write_tokens, reasoning_tokens, served_model, cache, trace,
      charge_nanos, fee_nanos, promo_nanos, credit_nanos, lines)
    SELECT c.organization_id, c.request_id, c.seller_organization_id, c.service_id, c.plan_id, c.price_version_id,
      c.subscription_id, c.key_id, c.method, c.status_code, c.terminal_state, c.fault, c.error_code, c.streamed,
      c.attempts, c.request_bytes, c.response_bytes, c.model, c.input_tokens, c.output_tokens, c.usage_source,
      c.first_byte_ms, c.total_ms, c.upstream_id, c.credential_id, d.cached_input_tokens, d.cache_write_tokens,
      d.reasoning_tokens, d.served_model, d.cache, d.trace, c.final_nanos, c.final_nanos * basis_points / 10000,
      c.promo_part, c.credit_part,
      CASE WHEN c.lines IS NULL OR c.final_nanos = c.charge_nanos THEN c.lines::jsonb
           ELSE c.lines::jsonb || jsonb_build_array(jsonb_build_object('meter', 'adjustment', 'quantity', 1,
             'nanosPerMillion', '0', 'amountNanos', (c.final_nanos - c.charge_nanos)::text)) END
    FROM charged c
    LEFT JOIN LATERAL jsonb_to_record(c.details::jsonb) AS d (
        cached_input_tokens bigint, cache_write_tokens bigint, reasoning_tokens bigint, served_model text,
        cache text, trace jsonb) ON c.details IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING usage_events.organization_id, usage_events.request_id, usage_events.seller_organization_id,
              usage_events.service_id, usage_events.charge_nanos, usage_events.fee_nanos, usage_events.promo_nanos,
              usage_events.credit_nanos
  ), moved AS (
    UPDATE wallets w
    SET held_nanos = w.held_nanos - (t.hold_sum - t.hold_promo - t.hold_credit),
        available_nanos = w.available_nanos + (t.hold_sum - t.hold_promo - t.hold_credit) - (t.charge_sum - t.promo_sum - t.credit_sum),
        promo_held_nanos = w.promo_held_nanos - t.hold_promo, promo_nanos = w.promo_nanos + t.hold_promo - t.promo_sum,
        credit_held_nanos = w.credit_held_nanos - t.hold_credit, credit_used_nanos = w.credit_used_nanos + t.credit_sum,
        updated_at = now()
    FROM (SELECT organization_id, sum(hold_nanos)::bigint AS hold_sum, sum(final_nanos)::bigint AS charge_sum,
                 sum(hold_promo)::bigint AS hold_promo, sum(hold_credit)::bigint AS hold_credit,
                 sum(promo_part)::bigint AS promo_sum, sum(credit_part)::bigint AS credit_sum
          FROM charged WHERE hold_nanos IS NOT NULL GROUP BY organization_id) t
    WHERE w.organization_id = t.organization_id
    RETURNING w.organization_id, w.currency
  ), groups AS (
    SELECT r.organization_id, r.seller_organization_id, r.service_id, m.currency,
           'ltx_' || substr(min(r.request_id), 5) AS transaction_id, min(r.request_id) AS reference,
           sum(r.charge_nanos)::bigint AS charge_sum, sum(r.fee_nanos)::bigint AS fee_sum,
           sum(r.promo_nanos)::bigint AS promo_sum, sum(r.credit_nanos)::bigint AS credit_sum
    FROM recorded r JOIN moved m USING (organization_id)
    GROUP BY r.organization_id, r.seller_organization_id, r.service_id, m.currency
    HAVING sum(r.charge_nanos) > 0
  ), posted AS (
    INSERT INTO ledger_transactions (id, kind, reference) SELECT transaction_id, 'usage', reference FROM groups RETURNING id
  ), entries AS (
    INSERT INTO ledger_entries (transaction_id, account_id, amount_nanos)
    SELECT g.transaction_id, ledger_account(v.owner, v.purpose, g.currency), v.amount
    FROM groups g JOIN posted p ON p.id = g.transaction_id
    CROSS JOIN LATERAL (VALUES
      (g.organization_id, 'buyer_wallet', -(g.charge_sum - g.promo_sum - g.credit_sum)),
      (g.organization_id, 'promotional_credit', -g.promo_sum),
      (g.organization_id, 'buyer_receivable', -g.credit_sum),
      (g.seller_organization_id, 'seller_pending', g.charge_sum - g.fee_sum),
      (NULL::text, 'platform_fee', g.fee_sum)) AS v (owner, purpose, amount)
    WHERE v.amount <> 0
  )
  SELECT count(r.request_id),
         jsonb_agg(jsonb_build_object('item', c.item, 'organization_id', c.organization_id, 'subscription_id', c.subscription_id,
           'promo', c.promo_part, 'charge', c.final_nanos, 'hold', c.hold_nanos, 'quota', c.quota,
           'period_start', c.period_start, 'budgets', c.budgets, 'held_subscription', c.held_subscription))
           FILTER (WHERE c.promo_part > 0 OR c.quota IS NOT NULL OR c.budgets IS NOT NULL),
         array_agg(c.item) FILTER (WHERE c.held AND c.hold_nanos IS NULL AND r.request_id IS NULL)
  INTO recorded_count, specials, late
  FROM charged c LEFT JOIN recorded r ON r.organization_id = c.organization_id AND r.request_id = c.request_id;

  IF specials IS NOT NULL THEN
    PERFORM settle_specials(specials, p_counters);
  END IF;
  IF late IS NOT NULL THEN
    FOREACH i IN ARRAY late LOOP
      recorded_count := recorded_count + correct_swept_call(
        (p_calls -> (p_call[i] - 1)) || jsonb_build_object('request_id', p_request_ids[i], 'request_bytes', p_request_bytes[i],
          'response_bytes', p_response_bytes[i], 'input_tokens', p_input_tokens[i], 'output_tokens', p_output_tokens[i],
          'first_byte_ms', p_first_byte_ms[i], 'total_ms', p_total_ms[i]),
        p_charges[i], p_lines[i]::jsonb, p_counters[i]::jsonb);
    END LOOP;
  END IF;
  RETURN recorded_count;
END $$;
--> statement-breakpoint
ALTER FUNCTION settle_batch(jsonb, integer[], text[], bigint[], bigint[], bigint[], bigint[], integer[], integer[], bigint[], text[], text[], text[])
  SET enable_seqscan = off SET enable_mergejoin = off;
