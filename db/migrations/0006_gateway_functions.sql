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
