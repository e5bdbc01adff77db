-- Holds and settles with every source of money: included quota, promotional credit, wallet, invoiced credit.
DROP FUNCTION hold_batch(jsonb, integer[], text[], bigint[], integer[]);
--> statement-breakpoint
-- Wallets are locked in one order everywhere (organization id), and the lock serialises everything of a buyer: its
-- promotional credits, counters and windows of budgets too. A wallet that covers all its calls of the batch by itself
-- is moved once; otherwise calls are admitted in order of arrival, each from its sources.
-- p_modes: 0 a new hold; 1 more for a call that runs, all of it or nothing; 2 more for a call that has ended, as much
-- as there is. p_quota (JSON or null): units of quotas, `{ "period_start": …, "units": { meter: n } }`.
-- A call of a wallet that does not exist has no row in the answer.
CREATE FUNCTION hold_batch(p_calls jsonb, p_call integer[], p_request_ids text[], p_amounts bigint[], p_ttl_seconds integer[],
  p_modes integer[], p_quota text[])
RETURNS TABLE (held_request_id text, refusal text, budget_id text, granted_nanos bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  wallet record;
  held record;
  i integer;
  need bigint;
  room bigint;
  tightest text;
  windows jsonb;
  quota jsonb;
  available bigint;
  promo bigint;
  credit bigint;
  from_promo bigint;
  from_credit bigint;
  admitted integer[] := '{}';
  promos bigint[] := '{}';
  credits bigint[] := '{}';
  budgets jsonb[] := '{}';
BEGIN
  FOR wallet IN
    SELECT w.*, t.total, t.positions, t.is_plain
    FROM wallets w JOIN (
      SELECT p_calls -> (p_call[n] - 1) ->> 'organization_id' AS organization_id, sum(p_amounts[n])::bigint AS total,
             array_agg(n ORDER BY n) AS positions,
             bool_and(p_modes[n] = 0 AND p_quota[n] IS NULL AND NOT p_calls -> (p_call[n] - 1) ? 'budgets') AS is_plain
      FROM generate_subscripts(p_request_ids, 1) AS n GROUP BY 1
    ) t USING (organization_id)
    ORDER BY w.organization_id FOR UPDATE OF w
  LOOP
    IF wallet.is_plain AND wallet.promo_nanos = 0 AND wallet.available_nanos >= wallet.total THEN
      UPDATE wallets w SET available_nanos = w.available_nanos - wallet.total, held_nanos = w.held_nanos + wallet.total, updated_at = now()
      WHERE w.organization_id = wallet.organization_id;
      admitted := admitted || wallet.positions;
      promos := promos || array_fill(0::bigint, ARRAY[cardinality(wallet.positions)]);
      credits := credits || array_fill(0::bigint, ARRAY[cardinality(wallet.positions)]);
      budgets := budgets || array_fill(NULL::jsonb, ARRAY[cardinality(wallet.positions)]);
      CONTINUE;
    END IF;
    available := wallet.available_nanos;
    promo := wallet.promo_nanos;
    credit := greatest(0, wallet.credit_limit_nanos - wallet.credit_used_nanos - wallet.credit_held_nanos);
    FOREACH i IN ARRAY wallet.positions LOOP
      need := p_amounts[i];
      windows := NULL;
      IF p_modes[i] > 0 THEN
        SELECT h.budgets, h.quota INTO held FROM holds h
        WHERE h.organization_id = wallet.organization_id AND h.request_id = p_request_ids[i] FOR UPDATE;
        IF NOT FOUND THEN
          RETURN QUERY SELECT p_request_ids[i], 'gone'::text, NULL::text, 0::bigint;
          CONTINUE;
        END IF;
        windows := held.budgets;
      ELSIF p_calls -> (p_call[i] - 1) ? 'budgets' THEN
        SELECT jsonb_object_agg(b.id, window_start(b.period, o.time_zone, now())) INTO windows
        FROM budgets b JOIN organizations o ON o.id = b.organization_id
        WHERE b.organization_id = wallet.organization_id
          AND b.id IN (SELECT jsonb_array_elements_text(p_calls -> (p_call[i] - 1) -> 'budgets'));
      END IF;
      room := NULL;
      IF windows IS NOT NULL THEN
        SELECT b.amount_nanos - coalesce(s.spent_nanos + s.held_nanos, 0), b.id INTO room, tightest
        FROM jsonb_each_text(windows) AS x JOIN budgets b ON b.id = x.key AND b.enforcement = 'hard'
        LEFT JOIN budget_windows s ON s.budget_id = b.id AND s.window_start = x.value::timestamptz
        ORDER BY 1 LIMIT 1;
      END IF;
      IF p_modes[i] = 2 THEN need := greatest(0, least(need, promo + available + credit, room)); END IF;
      IF need > 0 AND need > room THEN
        RETURN QUERY SELECT p_request_ids[i], 'budget_exceeded'::text, tightest, 0::bigint;
        CONTINUE;
      ELSIF need > promo + available + credit THEN
        RETURN QUERY SELECT p_request_ids[i], 'insufficient_balance'::text, NULL::text, 0::bigint;
        CONTINUE;
      END IF;
      from_promo := least(need, promo);
      from_credit := greatest(0, need - from_promo - available);
      promo := promo - from_promo;
      credit := credit - from_credit;
      available := available - (need - from_promo - from_credit);
      IF windows IS NOT NULL THEN
        INSERT INTO budget_windows AS s (budget_id, window_start, organization_id, held_nanos)
        SELECT x.key, x.value::timestamptz, wallet.organization_id, need FROM jsonb_each_text(windows) AS x
        ON CONFLICT ON CONSTRAINT budget_windows_budget_id_window_start_pk DO UPDATE SET held_nanos = s.held_nanos + excluded.held_nanos;
      END IF;
      quota := p_quota[i]::jsonb;
      IF quota IS NOT NULL THEN
        INSERT INTO subscription_counters AS s (subscription_id, organization_id, meter, period_start, held_units)
        SELECT p_calls -> (p_call[i] - 1) ->> 'subscription_id', wallet.organization_id, x.key,
               (quota ->> 'period_start')::timestamptz, x.value::bigint
        FROM jsonb_each_text(quota -> 'units') AS x
        ON CONFLICT (subscription_id, meter, period_start) DO UPDATE SET held_units = s.held_units + excluded.held_units;
      END IF;
      IF p_modes[i] = 0 THEN
        admitted := admitted || i;
        promos := promos || from_promo;
        credits := credits || from_credit;
        budgets := budgets || windows;
      ELSE
        UPDATE holds h SET amount_nanos = h.amount_nanos + need, promo_nanos = h.promo_nanos + from_promo,
          credit_nanos = h.credit_nanos + from_credit,
          quota = CASE WHEN quota IS NULL THEN h.quota ELSE (
            SELECT coalesce(jsonb_object_agg(x.key, x.units), '{}') FROM (
              SELECT e.key, sum(e.value::bigint) AS units FROM (
                SELECT * FROM jsonb_each_text(h.quota) UNION ALL SELECT * FROM jsonb_each_text(quota -> 'units')) AS e
              GROUP BY e.key) AS x) END
        WHERE h.organization_id = wallet.organization_id AND h.request_id = p_request_ids[i];
        RETURN QUERY SELECT p_request_ids[i], NULL::text, NULL::text, need;
      END IF;
    END LOOP;
    UPDATE wallets w SET
      available_nanos = available, held_nanos = w.held_nanos + w.available_nanos - available,
      promo_nanos = promo, promo_held_nanos = w.promo_held_nanos + w.promo_nanos - promo,
      credit_held_nanos = w.credit_held_nanos
        + greatest(0, w.credit_limit_nanos - w.credit_used_nanos - w.credit_held_nanos) - credit,
      updated_at = now()
    WHERE w.organization_id = wallet.organization_id;
  END LOOP;
  RETURN QUERY
    INSERT INTO holds (organization_id, request_id, amount_nanos, promo_nanos, credit_nanos, quota, period_start, budgets, expires_at, call)
    SELECT p_calls -> (p_call[a.i] - 1) ->> 'organization_id', p_request_ids[a.i], p_amounts[a.i], a.promo, a.credit,
           p_quota[a.i]::jsonb -> 'units', (p_quota[a.i]::jsonb ->> 'period_start')::timestamptz, a.windows,
           now() + make_interval(secs => p_ttl_seconds[a.i]), p_calls -> (p_call[a.i] - 1)
    FROM unnest(admitted, promos, credits, budgets) AS a (i, promo, credit, windows)
    RETURNING request_id, NULL::text, NULL::text, amount_nanos;
END $$;
--> statement-breakpoint

-- What calls have delivered so far. A row that is being settled needs none.
CREATE FUNCTION checkpoint_holds(p_organization_ids text[], p_request_ids text[], p_checkpoints text[]) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE written integer;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  WITH incoming AS (
    SELECT * FROM unnest(p_organization_ids, p_request_ids, p_checkpoints) AS e (organization_id, request_id, checkpoint)
  ), open AS (
    SELECT h.organization_id, h.request_id FROM holds h JOIN incoming USING (organization_id, request_id)
    FOR UPDATE OF h SKIP LOCKED
  )
  UPDATE holds h SET checkpoint = i.checkpoint::jsonb
  FROM incoming i JOIN open USING (organization_id, request_id)
  WHERE h.organization_id = i.organization_id AND h.request_id = i.request_id;
  GET DIAGNOSTICS written = ROW_COUNT;
  RETURN written;
END $$;
--> statement-breakpoint

-- Takes promotional credit for a charge, what expires first first. The wallet is locked.
CREATE FUNCTION take_promotional_credit(p_organization_id text, p_amount bigint) RETURNS void LANGUAGE sql AS $$
  UPDATE promotional_credits c
  SET remaining_nanos = c.remaining_nanos - least(c.remaining_nanos, p_amount - r.before)
  FROM (
    SELECT id, sum(remaining_nanos) OVER (ORDER BY expires_at NULLS LAST, created_at, id) - remaining_nanos AS before
    FROM promotional_credits WHERE organization_id = p_organization_id AND remaining_nanos > 0
  ) r
  WHERE c.id = r.id AND r.before < p_amount;
$$;
--> statement-breakpoint

-- What a call adds to the counters of its subscription. The wallet is locked.
CREATE FUNCTION count_units(p_organization_id text, p_subscription_id text, p_counters jsonb) RETURNS void LANGUAGE sql AS $$
  INSERT INTO subscription_counters AS s (subscription_id, organization_id, meter, period_start, used_units, quota_units, charged_nanos)
  SELECT p_subscription_id, p_organization_id, x.key, (p_counters ->> 'period_start')::timestamptz,
         (x.value ->> 0)::bigint, (x.value ->> 1)::bigint, (x.value ->> 2)::bigint
  FROM jsonb_each(p_counters -> 'meters') AS x
  ON CONFLICT (subscription_id, meter, period_start) DO UPDATE SET
    used_units = s.used_units + excluded.used_units, quota_units = s.quota_units + excluded.quota_units,
    charged_nanos = s.charged_nanos + excluded.charged_nanos;
$$;
--> statement-breakpoint

-- A call whose process was taken for dead, and which ended well after all: its event says truncated, and is never
-- changed. A second event charges what the first did not. The answer was delivered, so it is owed also where the
-- wallet has less by now. Returns how many were recorded.
CREATE FUNCTION correct_swept_call(p_event jsonb, p_charge bigint, p_lines jsonb, p_counters jsonb) RETURNS integer LANGUAGE plpgsql AS $$
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
    CASE WHEN p_lines IS NULL OR swept.charge_nanos = 0 THEN p_lines ELSE p_lines || jsonb_build_array(jsonb_build_object(
      'meter', 'adjustment', 'quantity', 1, 'nanosPerMillion', '0', 'amountNanos', (-swept.charge_nanos)::text)) END)
  ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN 0; END IF;
  UPDATE wallets w SET available_nanos = w.available_nanos - from_wallet, promo_nanos = w.promo_nanos - from_promo,
    credit_used_nanos = w.credit_used_nanos + owed - from_promo - from_wallet, updated_at = now()
  WHERE w.organization_id = swept.organization_id;
  PERFORM take_promotional_credit(swept.organization_id, from_promo);
  IF p_counters IS NOT NULL THEN
    PERFORM count_units(swept.organization_id, swept.subscription_id, p_counters);
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

DROP FUNCTION settle_batch(jsonb, integer[], text[], bigint[], bigint[], bigint[], bigint[], integer[], integer[], bigint[], text[]);
--> statement-breakpoint
-- One usage event per request id. Where money was held: the charge, never above the hold, from promotional credit,
-- then the wallet, then invoiced credit; the rest goes back to where it came from. What calls have in common stands in
-- p_calls, status and outcome included; p_details (JSON or null) holds what plain calls do not have, p_lines how the
-- charge comes about, p_counters what it adds to the counters of the subscription. Returns how many were recorded now.
CREATE FUNCTION settle_batch(
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
    RETURNING h.organization_id, h.request_id, h.amount_nanos, h.promo_nanos, h.credit_nanos, h.quota, h.period_start, h.budgets
  ), capped AS (
    SELECT i.*, h.amount_nanos AS hold_nanos, h.promo_nanos AS hold_promo, h.credit_nanos AS hold_credit,
           h.quota, h.period_start, h.budgets,
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
           'period_start', c.period_start, 'budgets', c.budgets))
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

-- What settled calls mean to promotional credits, windows of budgets and counters of subscriptions.
CREATE FUNCTION settle_specials(p_specials jsonb, p_counters text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE item record;
BEGIN
  FOR item IN
    SELECT organization_id, sum(promo)::bigint AS promo
    FROM jsonb_to_recordset(p_specials) AS s (organization_id text, promo bigint) GROUP BY 1 HAVING sum(promo) > 0
  LOOP
    PERFORM take_promotional_credit(item.organization_id, item.promo);
  END LOOP;
  UPDATE budget_windows b SET held_nanos = b.held_nanos - t.hold, spent_nanos = b.spent_nanos + t.charge
  FROM (
    SELECT x.key, x.value::timestamptz AS window_start, sum(s.hold)::bigint AS hold, sum(s.charge)::bigint AS charge
    FROM jsonb_to_recordset(p_specials) AS s (hold bigint, charge bigint, budgets jsonb)
    CROSS JOIN LATERAL jsonb_each_text(s.budgets) AS x WHERE jsonb_typeof(s.budgets) = 'object' GROUP BY 1, 2) t
  WHERE b.budget_id = t.key AND b.window_start = t.window_start;
  UPDATE subscription_counters c SET held_units = c.held_units - t.units
  FROM (
    SELECT s.subscription_id, s.period_start, x.key, sum(x.value::bigint)::bigint AS units
    FROM jsonb_to_recordset(p_specials) AS s (subscription_id text, period_start timestamptz, quota jsonb)
    CROSS JOIN LATERAL jsonb_each_text(s.quota) AS x WHERE jsonb_typeof(s.quota) = 'object' GROUP BY 1, 2, 3) t
  WHERE c.subscription_id = t.subscription_id AND c.period_start = t.period_start AND c.meter = t.key;
  FOR item IN
    SELECT s.organization_id, s.subscription_id, p_counters[s.item]::jsonb AS counters
    FROM jsonb_to_recordset(p_specials) AS s (item integer, organization_id text, subscription_id text)
    WHERE p_counters[s.item] IS NOT NULL
  LOOP
    PERFORM count_units(item.organization_id, item.subscription_id, item.counters);
  END LOOP;
END $$;
--> statement-breakpoint

-- Calls whose process died: charged as far as they are known to have been delivered, else nothing.
CREATE OR REPLACE FUNCTION release_expired_holds(p_limit integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  due record;
BEGIN
  PERFORM 1 FROM wallets w
  WHERE w.organization_id IN (SELECT h.organization_id FROM holds h WHERE h.expires_at < now() ORDER BY h.expires_at LIMIT p_limit)
  ORDER BY w.organization_id FOR UPDATE;
  WITH expired AS (
    SELECT h.* FROM holds h JOIN wallets w USING (organization_id)
    WHERE h.expires_at < now() ORDER BY h.expires_at LIMIT p_limit FOR UPDATE OF h SKIP LOCKED
  )
  SELECT count(*)::integer AS released,
    jsonb_agg(h.call || jsonb_build_object('organization_id', h.organization_id,
      'status_code', coalesce((h.checkpoint ->> 'status_code')::integer, 500), 'terminal_state', 'truncated',
      'fault', 'platform', 'error_code', 'internal', 'streamed', h.checkpoint IS NOT NULL, 'attempts', 1,
      'usage_source', h.checkpoint ->> 'usage_source', 'held', true) ORDER BY h.request_id) AS calls,
    array_agg(row_number ORDER BY h.request_id) AS positions,
    array_agg(h.request_id ORDER BY h.request_id) AS request_ids,
    array_agg(0::bigint) AS request_bytes,
    array_agg(coalesce((h.checkpoint ->> 'response_bytes')::bigint, 0) ORDER BY h.request_id) AS response_bytes,
    array_agg((h.checkpoint ->> 'input_tokens')::bigint ORDER BY h.request_id) AS input_tokens,
    array_agg((h.checkpoint ->> 'output_tokens')::bigint ORDER BY h.request_id) AS output_tokens,
    array_agg(NULL::integer) AS first_byte_ms,
    array_agg(0) AS total_ms,
    array_agg(coalesce((h.checkpoint ->> 'charge_nanos')::bigint, 0) ORDER BY h.request_id) AS charges,
    array_agg(NULL::text) AS details,
    array_agg(h.checkpoint ->> 'lines' ORDER BY h.request_id) AS lines,
    array_agg(h.checkpoint ->> 'counters' ORDER BY h.request_id) AS counters
  INTO due
  FROM (SELECT e.*, row_number() OVER (ORDER BY e.request_id)::integer AS row_number FROM expired e) AS h;
  IF due.released = 0 THEN RETURN 0; END IF;
  PERFORM settle_batch(due.calls, due.positions, due.request_ids, due.request_bytes, due.response_bytes, due.input_tokens,
    due.output_tokens, due.first_byte_ms, due.total_ms, due.charges, due.details, due.lines, due.counters);
  RETURN due.released;
END $$;
