ALTER TABLE "usage_rollups" ADD COLUMN "promo_nanos" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "usage_rollups" ADD COLUMN "credit_nanos" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
-- Rows by model and by source of money replace the older ones; the next roll-up builds them from the events.
DELETE FROM "usage_rollups";--> statement-breakpoint
DELETE FROM "watermarks" WHERE "name" = 'usage_rollup';
