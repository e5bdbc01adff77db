-- Calls that end and calls that begin, in one transaction: one round trip, one wait for the disk. Each function locks
-- its wallets in order of organization; one after the other they would not, so all of them are locked first.
-- The first row says how many calls were recorded, the others are those of `hold_batch`.
CREATE FUNCTION settle_and_hold_batch(
  p_calls jsonb, p_call integer[], p_request_ids text[], p_request_bytes bigint[], p_response_bytes bigint[],
  p_input_tokens bigint[], p_output_tokens bigint[], p_first_byte_ms integer[], p_total_ms integer[],
  p_charges bigint[], p_details text[], p_lines text[], p_counters text[],
  p_held_calls jsonb, p_held_call integer[], p_held_request_ids text[], p_held_amounts bigint[],
  p_held_ttl_seconds integer[], p_held_modes integer[], p_held_quota text[]
) RETURNS TABLE (held_request_id text, refusal text, budget_id text, granted_nanos bigint, recorded integer) LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_mergejoin = off AS $$
BEGIN
  PERFORM 1 FROM wallets w
  WHERE w.organization_id IN (SELECT c ->> 'organization_id' FROM jsonb_array_elements(p_calls || p_held_calls) AS c)
  ORDER BY w.organization_id FOR UPDATE;
  RETURN QUERY SELECT NULL::text, NULL::text, NULL::text, NULL::bigint, settle_batch(
    p_calls, p_call, p_request_ids, p_request_bytes, p_response_bytes, p_input_tokens, p_output_tokens,
    p_first_byte_ms, p_total_ms, p_charges, p_details, p_lines, p_counters);
  RETURN QUERY SELECT h.held_request_id, h.refusal, h.budget_id, h.granted_nanos, NULL::integer FROM hold_batch(
    p_held_calls, p_held_call, p_held_request_ids, p_held_amounts, p_held_ttl_seconds, p_held_modes, p_held_quota) AS h;
END $$;
