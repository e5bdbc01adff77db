ALTER TABLE "credentials" ADD COLUMN "cooling_models" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
-- The other gateways hear of it, as of a credential that rests altogether.
DROP TRIGGER credentials_notify ON credentials;
--> statement-breakpoint
CREATE TRIGGER credentials_notify AFTER INSERT OR DELETE OR UPDATE OF placement, parameter_name, secret_envelope, status,
  weight, requests_per_minute, requests_per_day, max_concurrency, cooling_until, cooling_models ON credentials
  FOR EACH ROW EXECUTE FUNCTION notify_change();
