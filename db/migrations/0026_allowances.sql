CREATE TABLE "allowances" (
	"organization_id" text NOT NULL,
	"id" text NOT NULL,
	"amount_nanos" bigint NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "allowances_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "allowances_amount_check" CHECK ("allowances"."amount_nanos" >= 0)
);
--> statement-breakpoint
-- Few rows that change with every batch: they stay in their page, and what is dead goes soon.
ALTER TABLE allowances SET (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0);
--> statement-breakpoint

-- Brings what a process has set aside for buyers to what it wants now, or to nothing: where promotional credit goes
-- first, and where the wallet has less than 64 times as much, so that nobody runs short for what others only might need.
-- Returns what is set aside then; buyers without any have no row.
-- Wallets are locked first, then allowances, each in order of organization: so everywhere.
CREATE FUNCTION renew_allowances(p_id text, p_organization_ids text[], p_wanted bigint[], p_ttl_seconds integer)
RETURNS TABLE (renewed_organization_id text, renewed_nanos bigint) LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_mergejoin = off
  -- The wallets of all these buyers are locked meanwhile: where one is busy elsewhere, all of it is for another time.
  SET lock_timeout = '100ms' AS $$
DECLARE
  wallet record;
  had bigint;
  gets bigint;
BEGIN
  -- Nothing that is taken from an allowance is on the disk before the allowance is.
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM 1 FROM wallets w WHERE w.organization_id = ANY (p_organization_ids) ORDER BY w.organization_id FOR UPDATE;
  FOR wallet IN
    SELECT w.*, x.wanted FROM wallets w JOIN unnest(p_organization_ids, p_wanted) AS x (organization_id, wanted) USING (organization_id)
    ORDER BY w.organization_id
  LOOP
    SELECT a.amount_nanos INTO had FROM allowances a WHERE a.organization_id = wallet.organization_id AND a.id = p_id FOR UPDATE;
    had := coalesce(had, 0);
    gets := CASE WHEN wallet.promo_nanos = 0 AND (wallet.available_nanos + had) / 64 >= wallet.wanted THEN wallet.wanted ELSE 0 END;
    IF gets > 0 THEN
      INSERT INTO allowances AS a (organization_id, id, amount_nanos, expires_at)
      VALUES (wallet.organization_id, p_id, gets, now() + make_interval(secs => p_ttl_seconds))
      ON CONFLICT (organization_id, id) DO UPDATE SET amount_nanos = excluded.amount_nanos, expires_at = excluded.expires_at;
      RETURN QUERY SELECT wallet.organization_id, gets;
    ELSE
      DELETE FROM allowances a WHERE a.organization_id = wallet.organization_id AND a.id = p_id;
    END IF;
    UPDATE wallets w SET available_nanos = w.available_nanos + had - gets, held_nanos = w.held_nanos - had + gets, updated_at = now()
    WHERE w.organization_id = wallet.organization_id AND had <> gets;
  END LOOP;
END $$;
--> statement-breakpoint

-- Plain holds of new calls from what the process has set aside for their buyers; no wallet is touched. Returns the
-- buyers whose calls that does not cover, or null: nothing is held for those.
CREATE FUNCTION hold_by_allowance(p_id text, p_calls jsonb, p_call integer[], p_request_ids text[], p_amounts bigint[], p_ttl_seconds integer[])
RETURNS text[] LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_mergejoin = off AS $$
DECLARE short text[];
BEGIN
  -- What a call is charged is on the disk before its last byte leaves, and everything before that with it.
  PERFORM set_config('synchronous_commit', 'off', true);
  WITH incoming AS (
    SELECT p_calls -> (x.call - 1) AS call, p_calls -> (x.call - 1) ->> 'organization_id' AS organization_id,
           x.request_id, x.amount_nanos, x.ttl_seconds
    FROM unnest(p_call, p_request_ids, p_amounts, p_ttl_seconds) AS x (call, request_id, amount_nanos, ttl_seconds)
  ), wanted AS (
    SELECT i.organization_id, sum(i.amount_nanos)::bigint AS amount_nanos FROM incoming i GROUP BY 1
  ), locked AS (
    SELECT a.organization_id, w.amount_nanos AS wanted_nanos FROM allowances a JOIN wanted w USING (organization_id)
    WHERE a.id = p_id ORDER BY a.organization_id FOR UPDATE OF a
  ), taken AS (
    UPDATE allowances a SET amount_nanos = a.amount_nanos - l.wanted_nanos FROM locked l
    WHERE a.organization_id = l.organization_id AND a.id = p_id AND a.amount_nanos >= l.wanted_nanos
    RETURNING a.organization_id
  ), held AS (
    INSERT INTO holds (organization_id, request_id, amount_nanos, call, expires_at)
    SELECT i.organization_id, i.request_id, i.amount_nanos, i.call, now() + make_interval(secs => i.ttl_seconds)
    FROM incoming i JOIN taken t USING (organization_id)
  )
  SELECT array_agg(w.organization_id) INTO short FROM wanted w
  WHERE NOT EXISTS (SELECT 1 FROM taken t WHERE t.organization_id = w.organization_id);
  RETURN short;
END $$;
--> statement-breakpoint

-- Gives wallets back what any process has set aside that expires before p_before; calls that those had in mind for it are
-- held by the wallet.
CREATE FUNCTION recall_allowances(p_organization_ids text[], p_before timestamptz DEFAULT 'infinity') RETURNS void LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_mergejoin = off AS $$
BEGIN
  PERFORM 1 FROM wallets w WHERE w.organization_id = ANY (p_organization_ids) ORDER BY w.organization_id FOR UPDATE;
  WITH locked AS (
    SELECT a.organization_id, a.id FROM allowances a
    WHERE a.organization_id = ANY (p_organization_ids) AND a.expires_at < p_before
    ORDER BY a.organization_id, a.id FOR UPDATE
  ), gone AS (
    DELETE FROM allowances a USING locked l WHERE a.organization_id = l.organization_id AND a.id = l.id
    RETURNING a.organization_id, a.amount_nanos
  )
  UPDATE wallets w SET available_nanos = w.available_nanos + g.amount_nanos, held_nanos = w.held_nanos - g.amount_nanos, updated_at = now()
  FROM (SELECT organization_id, sum(amount_nanos)::bigint AS amount_nanos FROM gone GROUP BY 1) AS g
  WHERE w.organization_id = g.organization_id;
END $$;
--> statement-breakpoint

-- For whom processes have set money aside, after whatever the asking statement has waited for.
CREATE FUNCTION find_allowances(p_organization_ids text[]) RETURNS text[] LANGUAGE sql VOLATILE
  SET enable_seqscan = off AS $$
  SELECT array_agg(a.organization_id) FROM allowances a WHERE a.organization_id = ANY (p_organization_ids) AND a.amount_nanos > 0
$$;
--> statement-breakpoint

-- A settle that comes after the sweeper, or whose hold the database has lost (its server died before the hold was on the
-- disk): the answer was delivered, so what is owed is charged by a second event, also where the wallet has been
-- emptied since. `lost` in p_event says that the first event is the call's own, recorded just now at no charge.
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
    AND (u.terminal_state = 'truncated' AND u.fault = 'platform' OR (p_event ->> 'lost')::boolean AND u.charge_nanos = 0);
  IF NOT FOUND THEN RETURN 0; END IF;
  owed := p_charge - swept.charge_nanos;
  IF owed <= 0 THEN
    -- A quota pays for it, and its units were never counted.
    IF (p_event ->> 'lost')::boolean AND p_counters IS NOT NULL THEN
      PERFORM count_units(swept.organization_id, swept.subscription_id, p_counters);
    END IF;
    RETURN 0;
  END IF;
  SELECT owed * f.basis_points / 10000 INTO fee FROM platform_fees f
  WHERE f.effective_from <= now() ORDER BY f.effective_from DESC LIMIT 1;
  INSERT INTO wallets (organization_id) VALUES (swept.organization_id) ON CONFLICT DO NOTHING;
  PERFORM recall_allowances(ARRAY[swept.organization_id]);
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
      AND c.period_start = (p_counters ->> 'period_start')::timestamptz AND p_counters -> 'meters' ? t.meter
      -- What the first event of a lost hold says was never counted.
      AND (p_event ->> 'lost')::boolean IS NOT TRUE;
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
  lost integer[];
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
         array_agg(c.item) FILTER (WHERE c.held AND c.hold_nanos IS NULL AND r.request_id IS NULL),
         array_agg(c.item) FILTER (WHERE c.held AND c.hold_nanos IS NULL AND r.request_id IS NOT NULL
           AND (c.charge_nanos > 0 OR p_counters[c.item] IS NOT NULL))
  INTO recorded_count, specials, late, lost
  FROM charged c LEFT JOIN recorded r ON r.organization_id = c.organization_id AND r.request_id = c.request_id;

  IF specials IS NOT NULL THEN
    PERFORM settle_specials(specials, p_counters);
  END IF;
  -- Each of them locks what is set aside for its buyer.
  FOR i IN SELECT n FROM unnest(late || lost) AS n ORDER BY p_calls -> (p_call[n] - 1) ->> 'organization_id' LOOP
    recorded_count := recorded_count + correct_swept_call(
      (p_calls -> (p_call[i] - 1)) || jsonb_build_object('request_id', p_request_ids[i], 'request_bytes', p_request_bytes[i],
        'response_bytes', p_response_bytes[i], 'input_tokens', p_input_tokens[i], 'output_tokens', p_output_tokens[i],
        'first_byte_ms', p_first_byte_ms[i], 'total_ms', p_total_ms[i], 'lost', i = ANY (lost)),
      p_charges[i], p_lines[i]::jsonb, p_counters[i]::jsonb);
  END LOOP;
  RETURN recorded_count;
END $$;
--> statement-breakpoint
ALTER FUNCTION settle_batch(jsonb, integer[], text[], bigint[], bigint[], bigint[], bigint[], integer[], integer[], bigint[], text[], text[], text[])
  SET enable_seqscan = off SET enable_mergejoin = off;
--> statement-breakpoint

-- As before, but rows are locked in their order, as those do who settle what others have left.
CREATE OR REPLACE FUNCTION apply_settle_journal(
  p_organization_ids text[], p_ids bigint[],
  p_calls jsonb, p_call integer[], p_request_ids text[], p_request_bytes bigint[], p_response_bytes bigint[],
  p_input_tokens bigint[], p_output_tokens bigint[], p_first_byte_ms integer[], p_total_ms integer[],
  p_charges bigint[], p_details text[], p_lines text[], p_counters text[]
) RETURNS integer LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_mergejoin = off AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  WITH locked AS (
    SELECT j.organization_id, j.id FROM settle_journal j
    JOIN unnest(p_organization_ids, p_ids) AS r (organization_id, id) USING (organization_id, id)
    ORDER BY j.organization_id, j.id FOR UPDATE OF j
  )
  DELETE FROM settle_journal j USING locked l WHERE j.organization_id = l.organization_id AND j.id = l.id;
  IF NOT FOUND THEN RETURN 0; END IF;
  RETURN settle_batch(
    p_calls, p_call, p_request_ids, p_request_bytes, p_response_bytes, p_input_tokens, p_output_tokens,
    p_first_byte_ms, p_total_ms, p_charges, p_details, p_lines, p_counters);
END $$;
