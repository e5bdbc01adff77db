-- Usage events say more: parts of token counts, who answered, cache, and the trace of calls that were not plain.
CREATE OR REPLACE FUNCTION settle_batch(p_events jsonb) RETURNS TABLE (settled_request_id text, settled_charge_nanos bigint) LANGUAGE plpgsql AS $$
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
      usage_source text, first_byte_ms integer, total_ms integer, charge_nanos bigint, held boolean,
      cached_input_tokens bigint, cache_write_tokens bigint, reasoning_tokens bigint, served_model text,
      upstream_id text, credential_id text, cache text, trace jsonb)
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
      response_bytes, model, input_tokens, output_tokens, usage_source, first_byte_ms, total_ms, cached_input_tokens, cache_write_tokens,
      reasoning_tokens, served_model, upstream_id, credential_id, cache, trace, charge_nanos, fee_nanos)
    SELECT organization_id, request_id, seller_organization_id, service_id, plan_id, price_version_id, subscription_id,
      key_id, method, status_code, terminal_state, fault, error_code, streamed, attempts, request_bytes,
      response_bytes, model, input_tokens, output_tokens, usage_source, first_byte_ms, total_ms, cached_input_tokens, cache_write_tokens,
      reasoning_tokens, served_model, upstream_id, credential_id, cache, trace, final_nanos,
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

-- Which changes the gateways hear of. Counters that every call moves are not news.
DROP TRIGGER credentials_notify ON credentials;
--> statement-breakpoint
CREATE TRIGGER credentials_notify AFTER INSERT OR DELETE OR UPDATE OF placement, parameter_name, secret_envelope, status,
  weight, requests_per_minute, requests_per_day, max_concurrency, cooling_until ON credentials
  FOR EACH ROW EXECUTE FUNCTION notify_change();
--> statement-breakpoint
DROP TRIGGER keys_notify ON keys;
--> statement-breakpoint
CREATE TRIGGER keys_notify AFTER INSERT OR DELETE OR UPDATE OF status, expires_at, subscription_id, permissions,
  allowed_service_ids, allowed_models, allowed_addresses, requests_per_minute, requests_per_day, tokens_per_minute,
  tokens_per_day, max_concurrency, model_routes ON keys
  FOR EACH ROW EXECUTE FUNCTION notify_change();
--> statement-breakpoint
DROP TRIGGER organizations_notify ON organizations;
--> statement-breakpoint
CREATE TRIGGER organizations_notify AFTER UPDATE OF status, requests_per_minute, requests_per_day, tokens_per_minute,
  tokens_per_day, max_concurrency, conversation_retention_days ON organizations
  FOR EACH ROW EXECUTE FUNCTION notify_change();
--> statement-breakpoint
CREATE TRIGGER endpoints_notify AFTER INSERT OR UPDATE OR DELETE ON endpoints
  FOR EACH ROW EXECUTE FUNCTION notify_change();
--> statement-breakpoint
CREATE TRIGGER egress_pools_notify AFTER INSERT OR UPDATE OR DELETE ON egress_pools
  FOR EACH ROW EXECUTE FUNCTION notify_change();
--> statement-breakpoint
CREATE TRIGGER egress_proxies_notify AFTER INSERT OR DELETE OR UPDATE OF protocol, host, port, username, password_envelope,
  weight, status, region ON egress_proxies
  FOR EACH ROW EXECUTE FUNCTION notify_change();
