-- The program's role (db/program-role.ts) owns no table, so the owner makes partitions for it.
ALTER FUNCTION ensure_usage_partitions(integer) SECURITY DEFINER SET search_path = public, pg_temp;
