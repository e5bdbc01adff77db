DROP INDEX "usage_events_organization_id_occurred_at_idx";--> statement-breakpoint
DROP INDEX "usage_events_seller_occurred_at_idx";--> statement-breakpoint
DROP INDEX "usage_events_occurred_at_idx";--> statement-breakpoint
CREATE INDEX "usage_events_seller_request_id_idx" ON "usage_events" USING btree ("seller_organization_id","request_id");--> statement-breakpoint
CREATE INDEX "usage_events_occurred_at_idx" ON "usage_events" USING brin ("occurred_at");