-- Rules that the database keeps itself, whatever program writes to it.

-- 1. Append-only tables ------------------------------------------------------------------------
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
--> statement-breakpoint
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['ledger_transactions', 'ledger_entries', 'usage_events', 'price_versions',
                              'price_components', 'audit_events', 'platform_fees'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()',
                   name || '_append_only', name);
    EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
                   name || '_no_truncate', name);
  END LOOP;
END $$;
--> statement-breakpoint

-- 2. Every ledger transaction sums to zero per currency, checked at commit ---------------------
CREATE FUNCTION check_ledger_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
    WHERE e.transaction_id = NEW.transaction_id
    GROUP BY a.currency HAVING sum(e.amount_nanos) <> 0
  ) THEN
    RAISE EXCEPTION 'ledger transaction % does not sum to zero', NEW.transaction_id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER ledger_entries_balanced AFTER INSERT ON ledger_entries
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_ledger_balance();
--> statement-breakpoint

-- 3. Monthly partitions of usage_events, cut by the time at the head of the request id ---------
CREATE FUNCTION ulid_time(at timestamptz) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  alphabet constant text := '0123456789abcdefghjkmnpqrstvwxyz';
  rest bigint := floor(extract(epoch FROM at) * 1000);
  result text := '';
BEGIN
  FOR i IN 1..10 LOOP
    result := substr(alphabet, (rest % 32)::integer + 1, 1) || result;
    rest := rest / 32;
  END LOOP;
  RETURN result;
END $$;
--> statement-breakpoint
CREATE FUNCTION ensure_usage_partitions(months_ahead integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  month timestamptz := date_trunc('month', now(), 'UTC');
  following timestamptz;
  partition text;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ensure_usage_partitions'));
  FOR i IN 0..months_ahead LOOP
    following := date_trunc('month', month + interval '32 days', 'UTC');
    partition := 'usage_events_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
    IF to_regclass(partition) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF usage_events FOR VALUES FROM (%L) TO (%L)',
                     partition, 'req_' || ulid_time(month), 'req_' || ulid_time(following));
      made := made + 1;
    END IF;
    month := following;
  END LOOP;
  RETURN made;
END $$;
--> statement-breakpoint
CREATE TABLE usage_events_default PARTITION OF usage_events DEFAULT;
--> statement-breakpoint
SELECT ensure_usage_partitions(3);
--> statement-breakpoint

-- 4. Hold: money set aside for many calls at once ----------------------------------------------
-- Wallets are locked in one order everywhere (organization id), so batches cannot deadlock. Within
-- a batch calls are admitted in order of arrival while the balance lasts.
CREATE FUNCTION hold_batch(
  p_organization_ids text[], p_request_ids text[], p_amounts bigint[], p_ttl_seconds integer[], p_calls jsonb
) RETURNS TABLE (held_request_id text) LANGUAGE plpgsql AS $$
DECLARE
  item record;
  organization text;
  remaining bigint := 0;
  taken bigint := 0;
  admitted integer[] := '{}';
BEGIN
  FOR item IN
    SELECT * FROM unnest(p_organization_ids, p_amounts) WITH ORDINALITY AS t (organization_id, amount, position)
    ORDER BY t.organization_id, t.position
  LOOP
    IF organization IS DISTINCT FROM item.organization_id THEN
      IF taken > 0 THEN
        UPDATE wallets SET available_nanos = available_nanos - taken, held_nanos = held_nanos + taken, updated_at = now()
        WHERE organization_id = organization;
      END IF;
      organization := item.organization_id;
      taken := 0;
      SELECT available_nanos INTO remaining FROM wallets WHERE organization_id = organization FOR UPDATE;
      IF NOT FOUND THEN remaining := 0; END IF;
    END IF;
    IF item.amount > 0 AND remaining >= item.amount THEN
      remaining := remaining - item.amount;
      taken := taken + item.amount;
      admitted := admitted || item.position::integer;
    END IF;
  END LOOP;
  IF taken > 0 THEN
    UPDATE wallets SET available_nanos = available_nanos - taken, held_nanos = held_nanos + taken, updated_at = now()
    WHERE organization_id = organization;
  END IF;
  RETURN QUERY
    INSERT INTO holds (organization_id, request_id, amount_nanos, expires_at, call)
    SELECT p_organization_ids[i], p_request_ids[i], p_amounts[i], now() + make_interval(secs => p_ttl_seconds[i]), p_calls -> (i - 1)
    FROM unnest(admitted) AS i
    RETURNING request_id;
END $$;
--> statement-breakpoint

-- 5. Ledger accounts are made on first use -----------------------------------------------------
CREATE FUNCTION ledger_account(p_organization_id text, p_purpose text, p_currency text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  SELECT id INTO result FROM ledger_accounts
  WHERE coalesce(organization_id, '') = coalesce(p_organization_id, '') AND purpose = p_purpose AND currency = p_currency;
  IF result IS NULL THEN
    INSERT INTO ledger_accounts (id, organization_id, purpose, currency)
    VALUES ('lac_' || replace(gen_random_uuid()::text, '-', ''), p_organization_id, p_purpose, p_currency)
    ON CONFLICT DO NOTHING;
    SELECT id INTO result FROM ledger_accounts
    WHERE coalesce(organization_id, '') = coalesce(p_organization_id, '') AND purpose = p_purpose AND currency = p_currency;
  END IF;
  RETURN result;
END $$;
--> statement-breakpoint

-- 6. Settle: usage events, wallets, holds and ledger in one transaction, once per request id ----
-- Each element of p_events carries the columns of usage_events, plus "held": whether a hold is open.
-- A charge never exceeds its hold. Without a live hold (the sweeper was first) nothing is charged.
CREATE FUNCTION settle_batch(p_events jsonb) RETURNS TABLE (settled_request_id text, settled_charge_nanos bigint) LANGUAGE plpgsql AS $$
DECLARE
  basis_points integer := (SELECT f.basis_points FROM platform_fees f WHERE f.effective_from <= now() ORDER BY f.effective_from DESC LIMIT 1);
BEGIN
  PERFORM 1 FROM wallets w
  WHERE w.organization_id IN (SELECT e ->> 'organization_id' FROM jsonb_array_elements(p_events) e WHERE (e ->> 'held')::boolean)
  ORDER BY w.organization_id FOR UPDATE;

  RETURN QUERY
  WITH incoming AS (
    SELECT DISTINCT ON (e.organization_id, e.request_id) e.*
    FROM jsonb_to_recordset(p_events) AS e (
      organization_id text, request_id text, seller_organization_id text, service_id text, plan_id text,
      price_version_id text, subscription_id text, key_id text, method text, status_code integer,
      terminal_state text, fault text, error_code text, streamed boolean, attempts integer,
      request_bytes bigint, response_bytes bigint, model text, input_tokens bigint, output_tokens bigint,
      usage_source text, first_byte_ms integer, total_ms integer, charge_nanos bigint, held boolean)
  ), closed AS (
    UPDATE holds h SET state = 'settled', closed_at = now()
    FROM incoming i
    WHERE i.held AND h.organization_id = i.organization_id AND h.request_id = i.request_id AND h.state = 'open'
    RETURNING h.organization_id, h.request_id, h.amount_nanos
  ), charged AS (
    SELECT i.*, c.amount_nanos AS hold_nanos,
           CASE WHEN c.request_id IS NULL THEN 0 ELSE greatest(0, least(i.charge_nanos, c.amount_nanos)) END AS final_nanos
    FROM incoming i LEFT JOIN closed c USING (organization_id, request_id)
  ), recorded AS (
    INSERT INTO usage_events (
      organization_id, request_id, seller_organization_id, service_id, plan_id, price_version_id, subscription_id,
      key_id, method, status_code, terminal_state, fault, error_code, streamed, attempts, request_bytes,
      response_bytes, model, input_tokens, output_tokens, usage_source, first_byte_ms, total_ms, charge_nanos, fee_nanos)
    SELECT organization_id, request_id, seller_organization_id, service_id, plan_id, price_version_id, subscription_id,
      key_id, method, status_code, terminal_state, fault, error_code, streamed, attempts, request_bytes,
      response_bytes, model, input_tokens, output_tokens, usage_source, first_byte_ms, total_ms, final_nanos,
      final_nanos * basis_points / 10000
    FROM charged
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
  SELECT r.request_id, r.charge_nanos FROM recorded r;
END $$;
--> statement-breakpoint

-- 7. Sweeper: a hold past its time belongs to a process that died. Money goes back, and the call
-- still becomes a usage event, at no charge.
CREATE FUNCTION release_expired_holds(p_limit integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE released integer;
BEGIN
  PERFORM 1 FROM wallets w
  WHERE w.organization_id IN (SELECT h.organization_id FROM holds h WHERE h.state = 'open' AND h.expires_at < now() ORDER BY h.expires_at LIMIT p_limit)
  ORDER BY w.organization_id FOR UPDATE;
  WITH due AS (
    SELECT h.organization_id, h.request_id FROM holds h
    JOIN wallets w USING (organization_id)
    WHERE h.state = 'open' AND h.expires_at < now() ORDER BY h.expires_at LIMIT p_limit FOR UPDATE OF h SKIP LOCKED
  ), closed AS (
    UPDATE holds h SET state = 'released', closed_at = now() FROM due d
    WHERE h.organization_id = d.organization_id AND h.request_id = d.request_id AND h.state = 'open'
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

-- 8. Changes that every process must hear of within a second -----------------------------------
-- Payload: table:id:organization_id. The organization is the seller's for services and plans.
CREATE FUNCTION notify_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
BEGIN
  PERFORM pg_notify('tollgate_changes', concat_ws(':', TG_TABLE_NAME, changed ->> 'id',
    coalesce(changed ->> 'organization_id', changed ->> 'id')));
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER keys_notify AFTER INSERT OR DELETE OR UPDATE OF status, expires_at, subscription_id ON keys
  FOR EACH ROW EXECUTE FUNCTION notify_change();
--> statement-breakpoint
CREATE TRIGGER organizations_notify AFTER UPDATE OF status, requests_per_minute ON organizations
  FOR EACH ROW EXECUTE FUNCTION notify_change();
--> statement-breakpoint
CREATE TRIGGER sessions_notify AFTER DELETE OR UPDATE OF organization_id, expires_at ON sessions
  FOR EACH ROW EXECUTE FUNCTION notify_change();
--> statement-breakpoint
CREATE TRIGGER users_notify AFTER UPDATE OF status, is_platform_admin, must_change_password, password_hash ON users
  FOR EACH ROW EXECUTE FUNCTION notify_change();
--> statement-breakpoint
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['services', 'upstreams', 'credentials', 'plans', 'price_versions', 'subscriptions'] LOOP
    EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION notify_change()',
                   name || '_notify', name);
  END LOOP;
END $$;
--> statement-breakpoint

-- 9. Rows every installation has ---------------------------------------------------------------
INSERT INTO platform_settings (id) VALUES (1);
--> statement-breakpoint
INSERT INTO platform_fees (effective_from, basis_points) VALUES ('1970-01-01T00:00:00Z', 1000);
