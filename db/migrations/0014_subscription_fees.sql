CREATE TABLE "subscription_fees" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"seller_organization_id" text NOT NULL,
	"subscription_id" text NOT NULL,
	"plan_id" text NOT NULL,
	"reference" text NOT NULL,
	"currency" text DEFAULT 'USD' NOT NULL,
	"amount_nanos" bigint NOT NULL,
	"fee_nanos" bigint NOT NULL,
	"discount_nanos" bigint DEFAULT 0 NOT NULL,
	"refunded_nanos" bigint DEFAULT 0 NOT NULL,
	"stripe_payment_intent_id" text,
	"period_start" timestamp with time zone NOT NULL,
	"period_end" timestamp with time zone NOT NULL,
	"paid_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "subscription_fees_amount_check" CHECK ("subscription_fees"."amount_nanos" > 0),
	CONSTRAINT "subscription_fees_refunded_check" CHECK ("subscription_fees"."refunded_nanos" between 0 and "subscription_fees"."amount_nanos" and "subscription_fees"."fee_nanos" between 0 and "subscription_fees"."amount_nanos")
);
--> statement-breakpoint
ALTER TABLE "stripe_events" ADD COLUMN "account_id" text;--> statement-breakpoint
ALTER TABLE "subscription_fees" ADD CONSTRAINT "subscription_fees_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "subscription_fees" ADD CONSTRAINT "subscription_fees_seller_organization_id_organizations_id_fk" FOREIGN KEY ("seller_organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "subscription_fees" ADD CONSTRAINT "subscription_fees_subscription_id_subscriptions_id_fk" FOREIGN KEY ("subscription_id") REFERENCES "public"."subscriptions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "subscription_fees" ADD CONSTRAINT "subscription_fees_plan_id_plans_id_fk" FOREIGN KEY ("plan_id") REFERENCES "public"."plans"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "subscription_fees_organization_id_paid_at_idx" ON "subscription_fees" USING btree ("organization_id","paid_at");--> statement-breakpoint
CREATE INDEX "subscription_fees_subscription_id_idx" ON "subscription_fees" USING btree ("subscription_id");--> statement-breakpoint
CREATE INDEX "subscription_fees_payment_intent_idx" ON "subscription_fees" USING btree ("stripe_payment_intent_id");