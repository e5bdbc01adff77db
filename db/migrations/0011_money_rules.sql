-- Rules of money that the database keeps itself.

-- 1. What is said once is never changed ---------------------------------------------------------
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['price_quotas', 'tax_rates', 'credit_notes', 'receipts'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()',
                   name || '_append_only', name);
    EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
                   name || '_no_truncate', name);
  END LOOP;
END $$;
--> statement-breakpoint
-- Lines of an invoice change while it is a draft, not later.
CREATE FUNCTION refuse_change_of_finalized_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM invoices WHERE id = coalesce(OLD.invoice_id, NEW.invoice_id) AND status <> 'draft') THEN
    RAISE EXCEPTION 'the invoice is finalized' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN coalesce(NEW, OLD);
END $$;
--> statement-breakpoint
CREATE TRIGGER invoice_lines_finalized BEFORE INSERT OR UPDATE OR DELETE ON invoice_lines
  FOR EACH ROW EXECUTE FUNCTION refuse_change_of_finalized_invoice();
--> statement-breakpoint

-- 2. Windows of time, cut by the database clock -------------------------------------------------
-- Start of the month-long period that `at` lies in, counted from the anchor: the 31st becomes the last of shorter months.
CREATE FUNCTION period_start(anchor timestamptz, zone text, at timestamptz) RETURNS timestamptz LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
  local_anchor timestamp := anchor AT TIME ZONE zone;
  local_at timestamp := at AT TIME ZONE zone;
  months integer := (extract(year FROM local_at) - extract(year FROM local_anchor)) * 12
                    + extract(month FROM local_at) - extract(month FROM local_anchor);
BEGIN
  IF (local_anchor + make_interval(months => months)) AT TIME ZONE zone > at THEN months := months - 1; END IF;
  RETURN (local_anchor + make_interval(months => months)) AT TIME ZONE zone;
END $$;
--> statement-breakpoint
CREATE FUNCTION period_end(anchor timestamptz, zone text, at timestamptz) RETURNS timestamptz LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
  local_anchor timestamp := anchor AT TIME ZONE zone;
  local_at timestamp := at AT TIME ZONE zone;
  months integer := (extract(year FROM local_at) - extract(year FROM local_anchor)) * 12
                    + extract(month FROM local_at) - extract(month FROM local_anchor);
BEGIN
  IF (local_anchor + make_interval(months => months)) AT TIME ZONE zone <= at THEN months := months + 1; END IF;
  RETURN (local_anchor + make_interval(months => months)) AT TIME ZONE zone;
END $$;
--> statement-breakpoint
-- Start of the day, week (Monday) or month that `at` lies in, by the wall clock of the zone.
CREATE FUNCTION window_start(period text, zone text, at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE STRICT
  RETURN date_trunc(period, at, zone);
--> statement-breakpoint

-- 3. Gap-free numbers: taken in the transaction that uses them ------------------------------------
CREATE FUNCTION next_number(series text) RETURNS bigint LANGUAGE sql AS $$
  INSERT INTO number_series (name, next) VALUES (series, 2)
  ON CONFLICT (name) DO UPDATE SET next = number_series.next + 1
  RETURNING next - 1;
$$;
--> statement-breakpoint

-- 4. The gateway hears of changed budgets with the principals they bind ---------------------------
CREATE TRIGGER budgets_notify AFTER INSERT OR UPDATE OR DELETE ON budgets
  FOR EACH ROW EXECUTE FUNCTION notify_change();
--> statement-breakpoint
DROP TRIGGER organizations_notify ON organizations;
--> statement-breakpoint
CREATE TRIGGER organizations_notify AFTER UPDATE OF status, requests_per_minute, requests_per_day, tokens_per_minute,
    tokens_per_day, max_concurrency, conversation_retention_days, time_zone ON organizations
  FOR EACH ROW EXECUTE FUNCTION notify_change();
