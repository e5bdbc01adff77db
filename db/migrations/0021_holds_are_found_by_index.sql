-- Plans of functions are kept, and `holds` is nearly empty whenever one is made, though full of the remains of what was
-- deleted since the last vacuum. A plan that reads the whole table looks cheapest then, and costs more with every call.
ALTER FUNCTION settle_batch(jsonb, integer[], text[], bigint[], bigint[], bigint[], bigint[], integer[], integer[], bigint[], text[], text[], text[])
  SET enable_seqscan = off SET enable_mergejoin = off;
--> statement-breakpoint
ALTER FUNCTION hold_batch(jsonb, integer[], text[], bigint[], integer[], integer[], text[])
  SET enable_seqscan = off SET enable_mergejoin = off;
