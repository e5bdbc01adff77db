CREATE TABLE "chargebacks" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"checkout_id" text,
	"invoice_id" text,
	"amount_nanos" bigint NOT NULL,
	"reason" text NOT NULL,
	"status" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "payment_methods" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"brand" text NOT NULL,
	"last_four" text NOT NULL,
	"expiry_month" integer,
	"expiry_year" integer,
	"is_default" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "stripe_operations" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"organization_id" text,
	"subject_id" text NOT NULL,
	"parameters" jsonb NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"stripe_object_id" text,
	"error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "budget_windows" (
	"budget_id" text NOT NULL,
	"window_start" timestamp with time zone NOT NULL,
	"organization_id" text NOT NULL,
	"spent_nanos" bigint DEFAULT 0 NOT NULL,
	"held_nanos" bigint DEFAULT 0 NOT NULL,
	"alerted_threshold" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "budget_windows_budget_id_window_start_pk" PRIMARY KEY("budget_id","window_start"),
	CONSTRAINT "budget_windows_check" CHECK ("budget_windows"."spent_nanos" >= 0 and "budget_windows"."held_nanos" >= 0)
);
--> statement-breakpoint
CREATE TABLE "budgets" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"scope" text NOT NULL,
	"subject_id" text DEFAULT '' NOT NULL,
	"period" text NOT NULL,
	"amount_nanos" bigint NOT NULL,
	"enforcement" text NOT NULL,
	"thresholds" integer[] DEFAULT '{50,80,100}' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "budgets_amount_check" CHECK ("budgets"."amount_nanos" > 0),
	CONSTRAINT "budgets_scope_check" CHECK ("budgets"."scope" in ('organization', 'member', 'key')),
	CONSTRAINT "budgets_period_check" CHECK ("budgets"."period" in ('day', 'week', 'month')),
	CONSTRAINT "budgets_enforcement_check" CHECK ("budgets"."enforcement" in ('hard', 'soft'))
);
--> statement-breakpoint
CREATE TABLE "auto_top_ups" (
	"organization_id" text PRIMARY KEY NOT NULL,
	"enabled" boolean DEFAULT false NOT NULL,
	"threshold_nanos" bigint NOT NULL,
	"amount_nanos" bigint NOT NULL,
	"monthly_limit_nanos" bigint,
	"failures" integer DEFAULT 0 NOT NULL,
	"last_attempt_at" timestamp with time zone,
	"last_error" text,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "auto_top_ups_amount_check" CHECK ("auto_top_ups"."amount_nanos" > 0 and "auto_top_ups"."threshold_nanos" > 0)
);
--> statement-breakpoint
CREATE TABLE "promotional_credits" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"amount_nanos" bigint NOT NULL,
	"remaining_nanos" bigint NOT NULL,
	"expires_at" timestamp with time zone,
	"redeem_code_id" text,
	"reason" text DEFAULT '' NOT NULL,
	"granted_by_user_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expired_at" timestamp with time zone,
	CONSTRAINT "promotional_credits_amount_check" CHECK ("promotional_credits"."amount_nanos" > 0),
	CONSTRAINT "promotional_credits_remaining_check" CHECK ("promotional_credits"."remaining_nanos" between 0 and "promotional_credits"."amount_nanos")
);
--> statement-breakpoint
CREATE TABLE "redeem_codes" (
	"id" text PRIMARY KEY NOT NULL,
	"code_hash" "bytea" NOT NULL,
	"last_four" text NOT NULL,
	"amount_nanos" bigint NOT NULL,
	"max_redemptions" integer DEFAULT 1 NOT NULL,
	"redemptions" integer DEFAULT 0 NOT NULL,
	"credit_days" integer,
	"expires_at" timestamp with time zone,
	"status" text DEFAULT 'active' NOT NULL,
	"note" text DEFAULT '' NOT NULL,
	"created_by_user_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "redeem_codes_code_hash_unique" UNIQUE("code_hash"),
	CONSTRAINT "redeem_codes_amount_check" CHECK ("redeem_codes"."amount_nanos" > 0),
	CONSTRAINT "redeem_codes_redemptions_check" CHECK ("redeem_codes"."redemptions" between 0 and "redeem_codes"."max_redemptions")
);
--> statement-breakpoint
CREATE TABLE "plan_invitations" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"plan_id" text NOT NULL,
	"email" text NOT NULL,
	"token_hash" "bytea" NOT NULL,
	"status" text DEFAULT 'open' NOT NULL,
	"accepted_by_organization_id" text,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"accepted_at" timestamp with time zone,
	CONSTRAINT "plan_invitations_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
CREATE TABLE "price_quotas" (
	"price_version_id" text NOT NULL,
	"meter" text NOT NULL,
	"included_units" bigint NOT NULL,
	"overage" text NOT NULL,
	CONSTRAINT "price_quotas_price_version_id_meter_pk" PRIMARY KEY("price_version_id","meter"),
	CONSTRAINT "price_quotas_included_check" CHECK ("price_quotas"."included_units" > 0),
	CONSTRAINT "price_quotas_overage_check" CHECK ("price_quotas"."overage" in ('hard_stop', 'priced'))
);
--> statement-breakpoint
CREATE TABLE "subscription_counters" (
	"subscription_id" text NOT NULL,
	"organization_id" text NOT NULL,
	"meter" text NOT NULL,
	"period_start" timestamp with time zone NOT NULL,
	"used_units" bigint DEFAULT 0 NOT NULL,
	"quota_units" bigint DEFAULT 0 NOT NULL,
	"held_units" bigint DEFAULT 0 NOT NULL,
	"charged_nanos" bigint DEFAULT 0 NOT NULL,
	"closed_at" timestamp with time zone,
	CONSTRAINT "subscription_counters_subscription_id_meter_period_start_pk" PRIMARY KEY("subscription_id","meter","period_start"),
	CONSTRAINT "subscription_counters_units_check" CHECK ("subscription_counters"."used_units" >= 0 and "subscription_counters"."quota_units" >= 0 and "subscription_counters"."held_units" >= 0)
);
--> statement-breakpoint
CREATE TABLE "billing_profiles" (
	"organization_id" text PRIMARY KEY NOT NULL,
	"party" jsonb NOT NULL,
	"tax_id_type" text,
	"locale" text DEFAULT 'en' NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "credit_notes" (
	"id" text PRIMARY KEY NOT NULL,
	"number" text NOT NULL,
	"invoice_id" text NOT NULL,
	"organization_id" text NOT NULL,
	"amount_nanos" bigint NOT NULL,
	"tax_nanos" bigint NOT NULL,
	"reason" text NOT NULL,
	"created_by_user_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "credit_notes_amount_check" CHECK ("credit_notes"."amount_nanos" > 0)
);
--> statement-breakpoint
CREATE TABLE "invoice_adjustments" (
	"id" text PRIMARY KEY NOT NULL,
	"invoice_id" text NOT NULL,
	"amount_nanos" bigint NOT NULL,
	"reason" text NOT NULL,
	"status" text NOT NULL,
	"requested_by_user_id" text NOT NULL,
	"decided_by_user_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"decided_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "invoice_lines" (
	"id" text PRIMARY KEY NOT NULL,
	"invoice_id" text NOT NULL,
	"position" integer NOT NULL,
	"kind" text NOT NULL,
	"service_id" text,
	"service_name" text,
	"plan_name" text,
	"price_version_id" text,
	"meter" text,
	"model" text,
	"description" text DEFAULT '' NOT NULL,
	"quantity" bigint DEFAULT 0 NOT NULL,
	"nanos_per_million" bigint,
	"exact_nanos" bigint NOT NULL,
	"amount_nanos" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "invoices" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"number" text,
	"status" text DEFAULT 'draft' NOT NULL,
	"currency" text DEFAULT 'USD' NOT NULL,
	"period_start" timestamp with time zone NOT NULL,
	"period_end" timestamp with time zone NOT NULL,
	"time_zone" text NOT NULL,
	"locale" text DEFAULT 'en' NOT NULL,
	"issuer" jsonb,
	"recipient" jsonb,
	"subtotal_nanos" bigint DEFAULT 0 NOT NULL,
	"tax_nanos" bigint DEFAULT 0 NOT NULL,
	"total_nanos" bigint DEFAULT 0 NOT NULL,
	"prepaid_nanos" bigint DEFAULT 0 NOT NULL,
	"due_nanos" bigint DEFAULT 0 NOT NULL,
	"paid_nanos" bigint DEFAULT 0 NOT NULL,
	"credited_nanos" bigint DEFAULT 0 NOT NULL,
	"tax_name" text,
	"tax_basis_points" integer DEFAULT 0 NOT NULL,
	"approved_by_user_id" text,
	"finalized_at" timestamp with time zone,
	"due_at" timestamp with time zone,
	"paid_at" timestamp with time zone,
	"voided_at" timestamp with time zone,
	"stripe_invoice_id" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp with time zone,
	"last_error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "invoices_number_check" CHECK (("invoices"."status" = 'draft') = ("invoices"."number" is null) or "invoices"."status" = 'void'),
	CONSTRAINT "invoices_total_check" CHECK ("invoices"."total_nanos" = "invoices"."subtotal_nanos" + "invoices"."tax_nanos"),
	CONSTRAINT "invoices_due_check" CHECK ("invoices"."total_nanos" = "invoices"."prepaid_nanos" + "invoices"."due_nanos")
);
--> statement-breakpoint
CREATE TABLE "number_series" (
	"name" text PRIMARY KEY NOT NULL,
	"next" bigint DEFAULT 1 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tax_rates" (
	"id" text PRIMARY KEY NOT NULL,
	"country" text NOT NULL,
	"name" text NOT NULL,
	"basis_points" integer NOT NULL,
	"reverse_charge" boolean DEFAULT false NOT NULL,
	"effective_from" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tax_rates_basis_points_check" CHECK ("tax_rates"."basis_points" between 0 and 10000)
);
--> statement-breakpoint
CREATE TABLE "payouts" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"currency" text DEFAULT 'USD' NOT NULL,
	"amount_nanos" bigint NOT NULL,
	"reversed_nanos" bigint DEFAULT 0 NOT NULL,
	"stripe_transfer_id" text,
	"failure" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"paid_at" timestamp with time zone,
	CONSTRAINT "payouts_amount_check" CHECK ("payouts"."amount_nanos" > 0)
);
--> statement-breakpoint
CREATE TABLE "refunds" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"seller_organization_id" text,
	"kind" text NOT NULL,
	"reference" text NOT NULL,
	"currency" text DEFAULT 'USD' NOT NULL,
	"amount_nanos" bigint NOT NULL,
	"fee_nanos" bigint DEFAULT 0 NOT NULL,
	"destination" text NOT NULL,
	"status" text NOT NULL,
	"stripe_refund_id" text,
	"reason" text NOT NULL,
	"dispute_id" text,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "refunds_amount_check" CHECK ("refunds"."amount_nanos" > 0 and "refunds"."fee_nanos" between 0 and "refunds"."amount_nanos")
);
--> statement-breakpoint
CREATE TABLE "seller_accounts" (
	"organization_id" text PRIMARY KEY NOT NULL,
	"stripe_account_id" text NOT NULL,
	"country" text NOT NULL,
	"details_submitted" boolean DEFAULT false NOT NULL,
	"payouts_enabled" boolean DEFAULT false NOT NULL,
	"requirements" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "seller_accounts_stripe_account_id_unique" UNIQUE("stripe_account_id")
);
--> statement-breakpoint
CREATE TABLE "dispute_calls" (
	"organization_id" text NOT NULL,
	"request_id" text NOT NULL,
	"dispute_id" text NOT NULL,
	"charge_nanos" bigint NOT NULL,
	"evidence" jsonb NOT NULL,
	"refund_id" text,
	CONSTRAINT "dispute_calls_organization_id_request_id_pk" PRIMARY KEY("organization_id","request_id")
);
--> statement-breakpoint
CREATE TABLE "disputes" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"seller_organization_id" text NOT NULL,
	"service_id" text NOT NULL,
	"status" text DEFAULT 'open' NOT NULL,
	"reason" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"suggestion" text NOT NULL,
	"seller_answer" text,
	"seller_answered_at" timestamp with time zone,
	"answer_by" timestamp with time zone NOT NULL,
	"refunded_nanos" bigint DEFAULT 0 NOT NULL,
	"decided_by" text,
	"decision" text,
	"created_by_user_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"decided_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "receipts" (
	"organization_id" text NOT NULL,
	"request_id" text NOT NULL,
	"key_id" text NOT NULL,
	"seller_organization_id" text NOT NULL,
	"sequence" bigint NOT NULL,
	"payload" text NOT NULL,
	"hash" text NOT NULL,
	"signing_key_id" text NOT NULL,
	"signature" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "receipts_organization_id_request_id_pk" PRIMARY KEY("organization_id","request_id")
);
--> statement-breakpoint
CREATE TABLE "signing_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"public_key" text NOT NULL,
	"private_key_envelope" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"retired_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "holds" DROP CONSTRAINT "holds_amount_check";
--> statement-breakpoint
ALTER TABLE "plans" DROP CONSTRAINT "plans_kind_check";
--> statement-breakpoint
ALTER TABLE "price_components" DROP CONSTRAINT "price_components_meter_check";
--> statement-breakpoint
ALTER TABLE "price_components" DROP CONSTRAINT "price_components_price_version_id_meter_model_pk";
--> statement-breakpoint
ALTER TABLE "usage_rollups" DROP CONSTRAINT "usage_rollups_organization_id_bucket_start_service_id_plan_id_key_id_pk";
--> statement-breakpoint
ALTER TABLE "checkouts" ADD COLUMN "stripe_payment_intent_id" text;
--> statement-breakpoint
ALTER TABLE "checkouts" ADD COLUMN "discount_nanos" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "checkouts" ADD COLUMN "refunded_nanos" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "holds" ADD COLUMN "promo_nanos" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "holds" ADD COLUMN "credit_nanos" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "holds" ADD COLUMN "quota" jsonb;
--> statement-breakpoint
ALTER TABLE "holds" ADD COLUMN "budgets" jsonb;
--> statement-breakpoint
ALTER TABLE "holds" ADD COLUMN "checkpoint" jsonb;
--> statement-breakpoint
ALTER TABLE "plans" ADD COLUMN "visibility" text DEFAULT 'public' NOT NULL;
--> statement-breakpoint
ALTER TABLE "price_components" ADD COLUMN "from_units" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "price_components" ADD COLUMN "from_context_tokens" integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "price_versions" ADD COLUMN "trial_days" integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "price_versions" ADD COLUMN "tier_mode" text DEFAULT 'graduated' NOT NULL;
--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "period_anchor" timestamp with time zone;
--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "price_version_id" text;
--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "trial_ends_at" timestamp with time zone;
--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "grace_until" timestamp with time zone;
--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "pending_plan_id" text;
--> statement-breakpoint
ALTER TABLE "wallets" ADD COLUMN "promo_nanos" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "wallets" ADD COLUMN "promo_held_nanos" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "wallets" ADD COLUMN "credit_limit_nanos" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "wallets" ADD COLUMN "credit_used_nanos" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "wallets" ADD COLUMN "credit_held_nanos" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "usage_events" ADD COLUMN "promo_nanos" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "usage_events" ADD COLUMN "credit_nanos" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "usage_events" ADD COLUMN "lines" jsonb;
--> statement-breakpoint
ALTER TABLE "usage_rollups" ADD COLUMN "model" text DEFAULT '' NOT NULL;
--> statement-breakpoint
ALTER TABLE "usage_rollups" ADD COLUMN "cached_input_tokens" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "usage_rollups" ADD COLUMN "cache_write_tokens" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "usage_rollups" ADD COLUMN "reasoning_tokens" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "platform_settings" ADD COLUMN "issuer" jsonb DEFAULT '{"name":"Tollgate","address":[]}'::jsonb NOT NULL;
--> statement-breakpoint
ALTER TABLE "platform_settings" ADD COLUMN "invoice_series" text DEFAULT 'INV' NOT NULL;
--> statement-breakpoint
ALTER TABLE "platform_settings" ADD COLUMN "invoice_draft_hours" integer DEFAULT 48 NOT NULL;
--> statement-breakpoint
ALTER TABLE "platform_settings" ADD COLUMN "auto_finalize_nanos" bigint;
--> statement-breakpoint
ALTER TABLE "platform_settings" ADD COLUMN "second_approver_nanos" bigint DEFAULT 100000000000 NOT NULL;
--> statement-breakpoint
ALTER TABLE "platform_settings" ADD COLUMN "invoice_due_days" integer DEFAULT 14 NOT NULL;
--> statement-breakpoint
ALTER TABLE "platform_settings" ADD COLUMN "dunning_days" integer[] DEFAULT '{0,3,7,14}' NOT NULL;
--> statement-breakpoint
ALTER TABLE "platform_settings" ADD COLUMN "dunning_grace_days" integer DEFAULT 7 NOT NULL;
--> statement-breakpoint
ALTER TABLE "platform_settings" ADD COLUMN "payout_hold_days" integer DEFAULT 7 NOT NULL;
--> statement-breakpoint
ALTER TABLE "platform_settings" ADD COLUMN "payout_minimum_nanos" bigint DEFAULT 10000000000 NOT NULL;
--> statement-breakpoint
ALTER TABLE "platform_settings" ADD COLUMN "payout_interval" text DEFAULT 'weekly' NOT NULL;
--> statement-breakpoint
ALTER TABLE "price_components" ADD CONSTRAINT "price_components_key" PRIMARY KEY("price_version_id","meter","model","from_units","from_context_tokens");
--> statement-breakpoint
ALTER TABLE "usage_rollups" ADD CONSTRAINT "usage_rollups_key" PRIMARY KEY("organization_id","bucket_start","service_id","plan_id","key_id","model");
--> statement-breakpoint
ALTER TABLE "chargebacks" ADD CONSTRAINT "chargebacks_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "chargebacks" ADD CONSTRAINT "chargebacks_checkout_id_checkouts_id_fk" FOREIGN KEY ("checkout_id") REFERENCES "public"."checkouts"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "payment_methods" ADD CONSTRAINT "payment_methods_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "budgets" ADD CONSTRAINT "budgets_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "auto_top_ups" ADD CONSTRAINT "auto_top_ups_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "promotional_credits" ADD CONSTRAINT "promotional_credits_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "promotional_credits" ADD CONSTRAINT "promotional_credits_redeem_code_id_redeem_codes_id_fk" FOREIGN KEY ("redeem_code_id") REFERENCES "public"."redeem_codes"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "plan_invitations" ADD CONSTRAINT "plan_invitations_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "plan_invitations" ADD CONSTRAINT "plan_invitations_plan_id_plans_id_fk" FOREIGN KEY ("plan_id") REFERENCES "public"."plans"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "plan_invitations" ADD CONSTRAINT "plan_invitations_accepted_by_organization_id_organizations_id_fk" FOREIGN KEY ("accepted_by_organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "price_quotas" ADD CONSTRAINT "price_quotas_price_version_id_price_versions_id_fk" FOREIGN KEY ("price_version_id") REFERENCES "public"."price_versions"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "billing_profiles" ADD CONSTRAINT "billing_profiles_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "credit_notes" ADD CONSTRAINT "credit_notes_invoice_id_invoices_id_fk" FOREIGN KEY ("invoice_id") REFERENCES "public"."invoices"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "credit_notes" ADD CONSTRAINT "credit_notes_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "invoice_adjustments" ADD CONSTRAINT "invoice_adjustments_invoice_id_invoices_id_fk" FOREIGN KEY ("invoice_id") REFERENCES "public"."invoices"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "invoice_lines" ADD CONSTRAINT "invoice_lines_invoice_id_invoices_id_fk" FOREIGN KEY ("invoice_id") REFERENCES "public"."invoices"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "invoices" ADD CONSTRAINT "invoices_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "payouts" ADD CONSTRAINT "payouts_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "refunds" ADD CONSTRAINT "refunds_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "refunds" ADD CONSTRAINT "refunds_seller_organization_id_organizations_id_fk" FOREIGN KEY ("seller_organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "seller_accounts" ADD CONSTRAINT "seller_accounts_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "dispute_calls" ADD CONSTRAINT "dispute_calls_dispute_id_disputes_id_fk" FOREIGN KEY ("dispute_id") REFERENCES "public"."disputes"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "disputes" ADD CONSTRAINT "disputes_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "disputes" ADD CONSTRAINT "disputes_seller_organization_id_organizations_id_fk" FOREIGN KEY ("seller_organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "disputes" ADD CONSTRAINT "disputes_service_id_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."services"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "chargebacks_organization_id_idx" ON "chargebacks" USING btree ("organization_id");
--> statement-breakpoint
CREATE INDEX "payment_methods_organization_id_idx" ON "payment_methods" USING btree ("organization_id");
--> statement-breakpoint
CREATE UNIQUE INDEX "payment_methods_default_key" ON "payment_methods" USING btree ("organization_id") WHERE "payment_methods"."is_default";
--> statement-breakpoint
CREATE UNIQUE INDEX "stripe_operations_kind_subject_id_key" ON "stripe_operations" USING btree ("kind","subject_id");
--> statement-breakpoint
CREATE INDEX "stripe_operations_pending_idx" ON "stripe_operations" USING btree ("created_at") WHERE "stripe_operations"."status" = 'pending';
--> statement-breakpoint
CREATE INDEX "budget_windows_organization_id_idx" ON "budget_windows" USING btree ("organization_id","window_start");
--> statement-breakpoint
CREATE UNIQUE INDEX "budgets_scope_key" ON "budgets" USING btree ("organization_id","scope","subject_id","period");
--> statement-breakpoint
CREATE INDEX "promotional_credits_organization_id_idx" ON "promotional_credits" USING btree ("organization_id","expires_at");
--> statement-breakpoint
CREATE UNIQUE INDEX "promotional_credits_redeem_code_key" ON "promotional_credits" USING btree ("redeem_code_id","organization_id");
--> statement-breakpoint
CREATE INDEX "plan_invitations_plan_id_idx" ON "plan_invitations" USING btree ("plan_id");
--> statement-breakpoint
CREATE INDEX "plan_invitations_accepted_by_idx" ON "plan_invitations" USING btree ("accepted_by_organization_id");
--> statement-breakpoint
CREATE UNIQUE INDEX "credit_notes_number_key" ON "credit_notes" USING btree ("number");
--> statement-breakpoint
CREATE INDEX "credit_notes_invoice_id_idx" ON "credit_notes" USING btree ("invoice_id");
--> statement-breakpoint
CREATE INDEX "invoice_adjustments_invoice_id_idx" ON "invoice_adjustments" USING btree ("invoice_id");
--> statement-breakpoint
CREATE UNIQUE INDEX "invoice_lines_invoice_id_position_key" ON "invoice_lines" USING btree ("invoice_id","position");
--> statement-breakpoint
CREATE UNIQUE INDEX "invoices_number_key" ON "invoices" USING btree ("number");
--> statement-breakpoint
CREATE UNIQUE INDEX "invoices_period_key" ON "invoices" USING btree ("organization_id","period_start") WHERE "invoices"."status" <> 'void';
--> statement-breakpoint
CREATE UNIQUE INDEX "invoices_stripe_invoice_id_key" ON "invoices" USING btree ("stripe_invoice_id");
--> statement-breakpoint
CREATE INDEX "invoices_status_idx" ON "invoices" USING btree ("status","period_end");
--> statement-breakpoint
CREATE UNIQUE INDEX "tax_rates_country_effective_from_key" ON "tax_rates" USING btree ("country","effective_from");
--> statement-breakpoint
CREATE INDEX "payouts_organization_id_created_at_idx" ON "payouts" USING btree ("organization_id","created_at");
--> statement-breakpoint
CREATE UNIQUE INDEX "payouts_stripe_transfer_id_key" ON "payouts" USING btree ("stripe_transfer_id");
--> statement-breakpoint
CREATE INDEX "refunds_organization_id_created_at_idx" ON "refunds" USING btree ("organization_id","created_at");
--> statement-breakpoint
CREATE INDEX "refunds_seller_created_at_idx" ON "refunds" USING btree ("seller_organization_id","created_at");
--> statement-breakpoint
CREATE UNIQUE INDEX "refunds_call_key" ON "refunds" USING btree ("organization_id","reference") WHERE "refunds"."kind" = 'call';
--> statement-breakpoint
CREATE INDEX "dispute_calls_dispute_id_idx" ON "dispute_calls" USING btree ("dispute_id");
--> statement-breakpoint
CREATE INDEX "disputes_organization_id_created_at_idx" ON "disputes" USING btree ("organization_id","created_at");
--> statement-breakpoint
CREATE INDEX "disputes_seller_created_at_idx" ON "disputes" USING btree ("seller_organization_id","created_at");
--> statement-breakpoint
CREATE INDEX "disputes_open_idx" ON "disputes" USING btree ("answer_by") WHERE "disputes"."status" = 'open';
--> statement-breakpoint
CREATE UNIQUE INDEX "receipts_key_id_sequence_key" ON "receipts" USING btree ("key_id","sequence");
--> statement-breakpoint
CREATE INDEX "receipts_seller_request_id_idx" ON "receipts" USING btree ("seller_organization_id","request_id");
--> statement-breakpoint
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_price_version_id_price_versions_id_fk" FOREIGN KEY ("price_version_id") REFERENCES "public"."price_versions"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_pending_plan_id_plans_id_fk" FOREIGN KEY ("pending_plan_id") REFERENCES "public"."plans"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
CREATE UNIQUE INDEX "checkouts_stripe_payment_intent_id_key" ON "checkouts" USING btree ("stripe_payment_intent_id");
--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_amount_check" CHECK ("holds"."amount_nanos" >= 0);
--> statement-breakpoint
ALTER TABLE "plans" ADD CONSTRAINT "plans_visibility_check" CHECK ("plans"."visibility" in ('public', 'private'));
--> statement-breakpoint
ALTER TABLE "plans" ADD CONSTRAINT "plans_kind_check" CHECK ("plans"."kind" in ('free', 'flat', 'per_call', 'per_token', 'freemium', 'tiered', 'custom'));
--> statement-breakpoint
ALTER TABLE "price_components" ADD CONSTRAINT "price_components_from_check" CHECK ("price_components"."from_units" >= 0 and "price_components"."from_context_tokens" >= 0);
--> statement-breakpoint
ALTER TABLE "price_components" ADD CONSTRAINT "price_components_meter_check" CHECK ("price_components"."meter" in ('call', 'input_token', 'cached_input_token', 'cache_write_token', 'output_token', 'reasoning_token', 'request_byte', 'response_byte', 'millisecond'));
--> statement-breakpoint
ALTER TABLE "price_versions" ADD CONSTRAINT "price_versions_trial_days_check" CHECK ("price_versions"."trial_days" between 0 and 730);
--> statement-breakpoint
ALTER TABLE "price_versions" ADD CONSTRAINT "price_versions_tier_mode_check" CHECK ("price_versions"."tier_mode" in ('graduated', 'volume'));
--> statement-breakpoint
ALTER TABLE "wallets" ADD CONSTRAINT "wallets_promo_check" CHECK ("wallets"."promo_nanos" >= 0 and "wallets"."promo_held_nanos" >= 0);
--> statement-breakpoint
ALTER TABLE "wallets" ADD CONSTRAINT "wallets_credit_check" CHECK ("wallets"."credit_limit_nanos" >= 0 and "wallets"."credit_used_nanos" >= 0 and "wallets"."credit_held_nanos" >= 0);
