-- Plain holds of new calls from what the process has set aside for their buyers; no wallet is touched. p_sums is what the
-- calls of each buyer take together. Returns the buyers whose calls that does not cover, or null: nothing is held for those.
-- Rows are locked in order of p_organization_ids, which is that of the ids. The one of 0026 finds the sums out itself, in one
-- large statement; processes of the version before still call it.
CREATE FUNCTION hold_by_allowance(p_id text, p_organization_ids text[], p_sums bigint[], p_calls jsonb, p_call integer[],
  p_request_ids text[], p_amounts bigint[], p_ttl_seconds integer[])
RETURNS text[] LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_mergejoin = off AS $$
DECLARE short text[];
BEGIN
  -- What a call is charged is on the disk before its last byte leaves, and everything before that with it.
  PERFORM set_config('synchronous_commit', 'off', true);
  FOR i IN 1 .. cardinality(p_organization_ids) LOOP
    UPDATE allowances a SET amount_nanos = a.amount_nanos - p_sums[i]
    WHERE a.organization_id = p_organization_ids[i] AND a.id = p_id AND a.amount_nanos >= p_sums[i];
    IF NOT FOUND THEN short := short || p_organization_ids[i]; END IF;
  END LOOP;
  INSERT INTO holds (organization_id, request_id, amount_nanos, call, expires_at)
  SELECT p_calls -> (x.call - 1) ->> 'organization_id', x.request_id, x.amount_nanos, p_calls -> (x.call - 1),
         now() + make_interval(secs => x.ttl_seconds)
  FROM unnest(p_call, p_request_ids, p_amounts, p_ttl_seconds) AS x (call, request_id, amount_nanos, ttl_seconds)
  WHERE short IS NULL OR p_calls -> (x.call - 1) ->> 'organization_id' <> ALL (short);
  RETURN short;
END $$;
