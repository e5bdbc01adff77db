ALTER TABLE "subscriptions" ADD COLUMN "idempotency_key" text;--> statement-breakpoint
CREATE UNIQUE INDEX "subscriptions_organization_id_idempotency_key_key" ON "subscriptions" USING btree ("organization_id","idempotency_key");--> statement-breakpoint
CREATE INDEX "keys_subscription_id_idx" ON "keys" USING btree ("subscription_id");