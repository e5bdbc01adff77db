CREATE TABLE "settle_journal" (
	"organization_id" text NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "settle_journal_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"events" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "settle_journal_organization_id_id_pk" PRIMARY KEY("organization_id","id")
);
--> statement-breakpoint
-- Rows live for milliseconds: compressing them is time that an answer waits, and what is dead goes soon.
ALTER TABLE settle_journal ALTER COLUMN events SET STORAGE EXTERNAL,
  SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
--> statement-breakpoint
-- `settle_batch` for calls of these rows, which are gone with it. The rows are locked first, then wallets: so
-- wherever rows are locked. Until this is on the disk the rows still are, so nobody waits for the disk.
CREATE FUNCTION apply_settle_journal(
  p_organization_ids text[], p_ids bigint[],
  p_calls jsonb, p_call integer[], p_request_ids text[], p_request_bytes bigint[], p_response_bytes bigint[],
  p_input_tokens bigint[], p_output_tokens bigint[], p_first_byte_ms integer[], p_total_ms integer[],
  p_charges bigint[], p_details text[], p_lines text[], p_counters text[]
) RETURNS integer LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_mergejoin = off AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  DELETE FROM settle_journal j USING unnest(p_organization_ids, p_ids) AS r (organization_id, id)
  WHERE j.organization_id = r.organization_id AND j.id = r.id;
  IF NOT FOUND THEN RETURN 0; END IF;
  RETURN settle_batch(
    p_calls, p_call, p_request_ids, p_request_bytes, p_response_bytes, p_input_tokens, p_output_tokens,
    p_first_byte_ms, p_total_ms, p_charges, p_details, p_lines, p_counters);
END $$;
--> statement-breakpoint
-- Whose finished calls wait to be settled, as the asking statement saw it before it waited for any lock: what was
-- settled in the meantime counts, what is on its way counts.
CREATE FUNCTION find_unsettled(p_organization_ids text[]) RETURNS text[] LANGUAGE sql STABLE
  SET enable_seqscan = off AS $$
  SELECT array_agg(DISTINCT j.organization_id) FROM settle_journal j WHERE j.organization_id = ANY (p_organization_ids)
$$;
--> statement-breakpoint
-- Calls that end wait for their row now, no longer for the wallet that calls begin with.
DROP FUNCTION settle_and_hold_batch(
  jsonb, integer[], text[], bigint[], bigint[], bigint[], bigint[], integer[], integer[], bigint[], text[], text[], text[],
  jsonb, integer[], text[], bigint[], integer[], integer[], text[]);
