-- Holds and usage events arrive as arrays, one per column: a third of the work of JSON on both sides. What many
-- calls of a batch have in common (buyer, service, price, key, …) is said once, in p_calls; p_call points into it.
DROP FUNCTION hold_batch(text[], text[], bigint[], integer[], jsonb);
--> statement-breakpoint
-- Wallets are locked in one order everywhere (organization id), so batches cannot deadlock. A wallet that covers
-- all its calls of the batch is moved once; where money is short, calls are admitted in order of arrival.
CREATE FUNCTION hold_batch(p_calls jsonb, p_call integer[], p_request_ids text[], p_amounts bigint[], p_ttl_seconds integer[])
RETURNS TABLE (held_request_id text) LANGUAGE plpgsql AS $$
DECLARE
  wallet record;
  item record;
  remaining bigint;
  taken bigint;
  admitted integer[] := '{}';
BEGIN
  FOR wallet IN
    SELECT w.organization_id, w.available_nanos, t.total, t.positions
    FROM wallets w JOIN (
      SELECT p_calls -> (p_call[i] - 1) ->> 'organization_id' AS organization_id,
             sum(p_amounts[i])::bigint AS total, array_agg(i ORDER BY i) AS positions
      FROM generate_subscripts(p_request_ids, 1) AS i WHERE p_amounts[i] > 0 GROUP BY 1
    ) t USING (organization_id)
    ORDER BY w.organization_id FOR UPDATE OF w
  LOOP
    IF wallet.available_nanos >= wallet.total THEN
      taken := wallet.total;
      admitted := admitted || wallet.positions;
    ELSE
      remaining := wallet.available_nanos;
      FOR item IN SELECT p AS position, p_amounts[p] AS amount FROM unnest(wallet.positions) AS p ORDER BY p LOOP
        IF remaining >= item.amount THEN
          remaining := remaining - item.amount;
          admitted := admitted || item.position;
        END IF;
      END LOOP;
      taken := wallet.available_nanos - remaining;
    END IF;
    IF taken > 0 THEN
      UPDATE wallets SET available_nanos = available_nanos - taken, held_nanos = held_nanos + taken, updated_at = now()
      WHERE organization_id = wallet.organization_id;
    END IF;
  END LOOP;
  RETURN QUERY
    INSERT INTO holds (organization_id, request_id, amount_nanos, expires_at, call)
    SELECT p_calls -> (p_call[i] - 1) ->> 'organization_id', p_request_ids[i], p_amounts[i],
           now() + make_interval(secs => p_ttl_seconds[i]), p_calls -> (p_call[i] - 1)
    FROM unnest(admitted) AS i
    RETURNING request_id;
END $$;
--> statement-breakpoint

DROP FUNCTION settle_batch(jsonb);
--> statement-breakpoint
-- One usage event per request id. Where money was held: the charge, never above the hold, and the rest goes back.
-- What calls have in common stands in p_calls, status and outcome included; p_details (JSON or null) holds what
-- plain calls do not have. Returns how many were recorded now.
CREATE FUNCTION settle_batch(
  p_calls jsonb, p_call integer[], p_request_ids text[], p_request_bytes bigint[], p_response_bytes bigint[],
  p_input_tokens bigint[], p_output_tokens bigint[], p_first_byte_ms integer[], p_total_ms integer[],
  p_charges bigint[], p_details text[]
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  basis_points integer;
  recorded_count integer;
BEGIN
  IF NOT (p_calls @> '[{"held": true}]') THEN
    -- Nothing to charge: no ledger, and a commit that need not wait for the disk.
    PERFORM set_config('synchronous_commit', 'off', true);
    INSERT INTO usage_events (
      organization_id, request_id, seller_organization_id, service_id, plan_id, price_version_id, subscription_id,
      key_id, method, status_code, terminal_state, fault, error_code, streamed, attempts, request_bytes,
      response_bytes, model, input_tokens, output_tokens, usage_source, first_byte_ms, total_ms, upstream_id,
      credential_id, cached_input_tokens, cache_write_tokens, reasoning_tokens, served_model, cache, trace,
      charge_nanos, fee_nanos)
    SELECT c.organization_id, e.request_id, c.seller_organization_id, c.service_id, c.plan_id, c.price_version_id,
      c.subscription_id, c.key_id, c.method, c.status_code, c.terminal_state, c.fault, c.error_code, c.streamed,
      c.attempts, e.request_bytes, e.response_bytes, c.model, e.input_tokens, e.output_tokens, c.usage_source,
      e.first_byte_ms, e.total_ms, c.upstream_id, c.credential_id, d.cached_input_tokens, d.cache_write_tokens,
      d.reasoning_tokens, d.served_model, d.cache, d.trace, 0, 0
    FROM unnest(p_call, p_request_ids, p_request_bytes, p_response_bytes, p_input_tokens, p_output_tokens,
                p_first_byte_ms, p_total_ms, p_details)
      AS e (call, request_id, request_bytes, response_bytes, input_tokens, output_tokens, first_byte_ms, total_ms, details)
    JOIN ROWS FROM (jsonb_to_recordset(p_calls) AS (
        organization_id text, seller_organization_id text, service_id text, plan_id text, price_version_id text,
        subscription_id text, key_id text, method text, model text, upstream_id text, credential_id text,
        status_code integer, terminal_state text, fault text, error_code text, streamed boolean, attempts integer,
        usage_source text, held boolean))
      WITH ORDINALITY AS c (organization_id, seller_organization_id, service_id, plan_id, price_version_id,
        subscription_id, key_id, method, model, upstream_id, credential_id, status_code, terminal_state, fault,
        error_code, streamed, attempts, usage_source, held, position)
      ON c.position = e.call
    LEFT JOIN LATERAL jsonb_to_record(e.details::jsonb) AS d (
        cached_input_tokens bigint, cache_write_tokens bigint, reasoning_tokens bigint, served_model text,
        cache text, trace jsonb) ON e.details IS NOT NULL
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS recorded_count = ROW_COUNT;
    RETURN recorded_count;
  END IF;

  SELECT f.basis_points INTO basis_points FROM platform_fees f
  WHERE f.effective_from <= now() ORDER BY f.effective_from DESC LIMIT 1;
  PERFORM 1 FROM wallets w
  WHERE w.organization_id IN (
    SELECT c ->> 'organization_id' FROM jsonb_array_elements(p_calls) AS c WHERE (c ->> 'held')::boolean)
  ORDER BY w.organization_id FOR UPDATE;

  WITH incoming AS (
    SELECT DISTINCT ON (c.organization_id, e.request_id) c.*, e.*
    FROM unnest(p_call, p_request_ids, p_request_bytes, p_response_bytes, p_input_tokens, p_output_tokens,
                p_first_byte_ms, p_total_ms, p_charges, p_details)
      AS e (call, request_id, request_bytes, response_bytes, input_tokens, output_tokens, first_byte_ms, total_ms,
            charge_nanos, details)
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
    RETURNING h.organization_id, h.request_id, h.amount_nanos
  ), charged AS (
    SELECT i.*, h.amount_nanos AS hold_nanos,
           CASE WHEN h.request_id IS NULL THEN 0 ELSE greatest(0, least(i.charge_nanos, h.amount_nanos)) END AS final_nanos
    FROM incoming i LEFT JOIN closed h ON h.organization_id = i.organization_id AND h.request_id = i.request_id
  ), recorded AS (
    INSERT INTO usage_events (
      organization_id, request_id, seller_organization_id, service_id, plan_id, price_version_id, subscription_id,
      key_id, method, status_code, terminal_state, fault, error_code, streamed, attempts, request_bytes,
      response_bytes, model, input_tokens, output_tokens, usage_source, first_byte_ms, total_ms, upstream_id,
      credential_id, cached_input_tokens, cache_write_tokens, reasoning_tokens, served_model, cache, trace,
      charge_nanos, fee_nanos)
    SELECT c.organization_id, c.request_id, c.seller_organization_id, c.service_id, c.plan_id, c.price_version_id,
      c.subscription_id, c.key_id, c.method, c.status_code, c.terminal_state, c.fault, c.error_code, c.streamed,
      c.attempts, c.request_bytes, c.response_bytes, c.model, c.input_tokens, c.output_tokens, c.usage_source,
      c.first_byte_ms, c.total_ms, c.upstream_id, c.credential_id, d.cached_input_tokens, d.cache_write_tokens,
      d.reasoning_tokens, d.served_model, d.cache, d.trace, c.final_nanos, c.final_nanos * basis_points / 10000
    FROM charged c
    LEFT JOIN LATERAL jsonb_to_record(c.details::jsonb) AS d (
        cached_input_tokens bigint, cache_write_tokens bigint, reasoning_tokens bigint, served_model text,
        cache text, trace jsonb) ON c.details IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING usage_events.organization_id, usage_events.request_id, usage_events.seller_organization_id,
              usage_events.service_id, usage_events.charge_nanos, usage_events.fee_nanos
  ), moved AS (
    UPDATE wallets w
    SET held_nanos = w.held_nanos - t.hold_sum, available_nanos = w.available_nanos + t.hold_sum - t.charge_sum, updated_at = now()
    FROM (SELECT organization_id, sum(hold_nanos)::bigint AS hold_sum, sum(final_nanos)::bigint AS charge_sum
          FROM charged WHERE hold_nanos IS NOT NULL GROUP BY organization_id) t
    WHERE w.organization_id = t.organization_id
    RETURNING w.organization_id, w.currency
  ), groups AS (
    SELECT r.organization_id, r.seller_organization_id, r.service_id, m.currency,
           'ltx_' || substr(min(r.request_id), 5) AS transaction_id, min(r.request_id) AS reference,
           sum(r.charge_nanos)::bigint AS charge_sum, sum(r.fee_nanos)::bigint AS fee_sum
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
      (g.organization_id, 'buyer_wallet', -g.charge_sum),
      (g.seller_organization_id, 'seller_pending', g.charge_sum - g.fee_sum),
      (NULL::text, 'platform_fee', g.fee_sum)) AS v (owner, purpose, amount)
    WHERE v.amount <> 0
  )
  SELECT count(*) INTO recorded_count FROM recorded;
  RETURN recorded_count;
END $$;
--> statement-breakpoint

CREATE OR REPLACE FUNCTION release_expired_holds(p_limit integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE released integer;
BEGIN
  PERFORM 1 FROM wallets w
  WHERE w.organization_id IN (SELECT h.organization_id FROM holds h WHERE h.expires_at < now() ORDER BY h.expires_at LIMIT p_limit)
  ORDER BY w.organization_id FOR UPDATE;
  WITH due AS (
    SELECT h.organization_id, h.request_id FROM holds h
    JOIN wallets w USING (organization_id)
    WHERE h.expires_at < now() ORDER BY h.expires_at LIMIT p_limit FOR UPDATE OF h SKIP LOCKED
  ), closed AS (
    DELETE FROM holds h USING due d
    WHERE h.organization_id = d.organization_id AND h.request_id = d.request_id
    RETURNING h.*
  ), moved AS (
    UPDATE wallets w SET held_nanos = w.held_nanos - t.amount, available_nanos = w.available_nanos + t.amount, updated_at = now()
    FROM (SELECT organization_id, sum(amount_nanos)::bigint AS amount FROM closed GROUP BY organization_id) t
    WHERE w.organization_id = t.organization_id
  ), recorded AS (
    INSERT INTO usage_events (
      organization_id, request_id, seller_organization_id, service_id, plan_id, price_version_id, subscription_id,
      key_id, method, status_code, terminal_state, fault, error_code, request_bytes, response_bytes, model,
      total_ms, charge_nanos, fee_nanos)
    SELECT organization_id, request_id, call ->> 'seller_organization_id', call ->> 'service_id', call ->> 'plan_id',
      call ->> 'price_version_id', call ->> 'subscription_id', call ->> 'key_id', call ->> 'method', 500, 'truncated',
      'platform', 'internal', 0, 0, call ->> 'model', 0, 0, 0
    FROM closed ON CONFLICT DO NOTHING
  )
  SELECT count(*) INTO released FROM closed;
  RETURN released;
END $$;
--> statement-breakpoint

-- Every call leaves a dead row here; they are cleared away before they cost anything.
ALTER TABLE holds SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0, fillfactor = 70);
--> statement-breakpoint
ALTER TABLE wallets SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0, fillfactor = 50);
