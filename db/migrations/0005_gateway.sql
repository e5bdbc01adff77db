CREATE TABLE "conversation_messages" (
	"conversation_id" text NOT NULL,
	"organization_id" text NOT NULL,
	"position" integer NOT NULL,
	"role" text NOT NULL,
	"envelope" text NOT NULL,
	"tokens" integer NOT NULL,
	"request_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "conversation_messages_conversation_id_position_pk" PRIMARY KEY("conversation_id","position")
);
--> statement-breakpoint
CREATE TABLE "conversations" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"external_id" text NOT NULL,
	"title_envelope" text,
	"service_id" text,
	"model" text,
	"message_count" integer DEFAULT 0 NOT NULL,
	"forked_from_id" text,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "idempotent_answers" (
	"organization_id" text NOT NULL,
	"key_id" text NOT NULL,
	"idempotency_key" text NOT NULL,
	"fingerprint" "bytea" NOT NULL,
	"request_id" text NOT NULL,
	"state" text NOT NULL,
	"status_code" integer,
	"headers" jsonb,
	"body_envelope" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "idempotent_answers_organization_id_key_id_idempotency_key_pk" PRIMARY KEY("organization_id","key_id","idempotency_key")
);
--> statement-breakpoint
CREATE TABLE "egress_pools" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "egress_proxies" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"pool_id" text NOT NULL,
	"protocol" text NOT NULL,
	"host" text NOT NULL,
	"port" integer NOT NULL,
	"username" text,
	"password_envelope" text,
	"region" text,
	"weight" integer DEFAULT 1 NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"retry_at" timestamp with time zone,
	"latency_ms" integer,
	"checked_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "egress_proxies_port_check" CHECK ("egress_proxies"."port" between 1 and 65535)
);
--> statement-breakpoint
CREATE TABLE "endpoints" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"path" text NOT NULL,
	"service_id" text NOT NULL,
	"system_prompt" text DEFAULT '' NOT NULL,
	"default_model" text,
	"streaming" text DEFAULT 'caller' NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "oauth_flows" (
	"state_hash" "bytea" PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"user_id" text NOT NULL,
	"credential_id" text NOT NULL,
	"verifier_envelope" text NOT NULL,
	"redirect_uri" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "oauth_grants" (
	"credential_id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"grant" text NOT NULL,
	"provider" text NOT NULL,
	"authorize_url" text,
	"token_url" text NOT NULL,
	"client_id" text NOT NULL,
	"client_secret_envelope" text,
	"scopes" text DEFAULT '' NOT NULL,
	"refresh_token_envelope" text,
	"status" text DEFAULT 'pending' NOT NULL,
	"expires_at" timestamp with time zone,
	"refreshed_at" timestamp with time zone,
	"refreshing_until" timestamp with time zone,
	"last_error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "credentials" DROP CONSTRAINT "credentials_secret_check";--> statement-breakpoint
ALTER TABLE "keys" DROP CONSTRAINT "keys_status_check";--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "requests_per_day" integer;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "tokens_per_minute" integer;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "tokens_per_day" integer;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "max_concurrency" integer;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "conversation_retention_days" integer;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "label" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "kind" text DEFAULT 'static' NOT NULL;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "requests_per_minute" integer;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "requests_per_day" integer;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "max_concurrency" integer;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "disabled_reason" text;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "cooling_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "refusals" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "last_used_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "last_failure" text;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "last_failure_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "services" ADD COLUMN "routing_strategy" text DEFAULT 'priority' NOT NULL;--> statement-breakpoint
ALTER TABLE "services" ADD COLUMN "fallbacks" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "services" ADD COLUMN "model_aliases" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "services" ADD COLUMN "system_prompt" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "services" ADD COLUMN "default_parameters" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "services" ADD COLUMN "max_output_tokens" integer;--> statement-breakpoint
ALTER TABLE "services" ADD COLUMN "cache_mode" text DEFAULT 'off' NOT NULL;--> statement-breakpoint
ALTER TABLE "services" ADD COLUMN "cache_ttl_seconds" integer DEFAULT 300 NOT NULL;--> statement-breakpoint
ALTER TABLE "services" ADD COLUMN "cache_public" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "services" ADD COLUMN "coalesce" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "services" ADD COLUMN "websockets" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "services" ADD COLUMN "max_concurrency" integer;--> statement-breakpoint
ALTER TABLE "services" ADD COLUMN "proxy_secret_envelope" text;--> statement-breakpoint
ALTER TABLE "upstreams" ADD COLUMN "name" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "upstreams" ADD COLUMN "api_version" text;--> statement-breakpoint
ALTER TABLE "upstreams" ADD COLUMN "abandon_policy" text DEFAULT 'cancel' NOT NULL;--> statement-breakpoint
ALTER TABLE "upstreams" ADD COLUMN "max_retries" integer DEFAULT 2 NOT NULL;--> statement-breakpoint
ALTER TABLE "upstreams" ADD COLUMN "cost_nanos_per_million" bigint;--> statement-breakpoint
ALTER TABLE "upstreams" ADD COLUMN "region" text;--> statement-breakpoint
ALTER TABLE "upstreams" ADD COLUMN "max_concurrency" integer;--> statement-breakpoint
ALTER TABLE "upstreams" ADD COLUMN "egress_pool_id" text;--> statement-breakpoint
ALTER TABLE "plans" ADD COLUMN "requests_per_day" integer;--> statement-breakpoint
ALTER TABLE "plans" ADD COLUMN "tokens_per_minute" integer;--> statement-breakpoint
ALTER TABLE "plans" ADD COLUMN "tokens_per_day" integer;--> statement-breakpoint
ALTER TABLE "plans" ADD COLUMN "max_concurrency" integer;--> statement-breakpoint
ALTER TABLE "plans" ADD COLUMN "model_limits" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "permissions" text[] DEFAULT '{read,write}' NOT NULL;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "allowed_service_ids" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "allowed_models" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "allowed_addresses" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "requests_per_minute" integer;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "requests_per_day" integer;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "tokens_per_minute" integer;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "tokens_per_day" integer;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "max_concurrency" integer;--> statement-breakpoint
ALTER TABLE "keys" ADD COLUMN "model_routes" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "usage_events" ADD COLUMN "cached_input_tokens" bigint;--> statement-breakpoint
ALTER TABLE "usage_events" ADD COLUMN "cache_write_tokens" bigint;--> statement-breakpoint
ALTER TABLE "usage_events" ADD COLUMN "reasoning_tokens" bigint;--> statement-breakpoint
ALTER TABLE "usage_events" ADD COLUMN "served_model" text;--> statement-breakpoint
ALTER TABLE "usage_events" ADD COLUMN "upstream_id" text;--> statement-breakpoint
ALTER TABLE "usage_events" ADD COLUMN "credential_id" text;--> statement-breakpoint
ALTER TABLE "usage_events" ADD COLUMN "cache" text;--> statement-breakpoint
ALTER TABLE "usage_events" ADD COLUMN "trace" jsonb;--> statement-breakpoint
ALTER TABLE "conversation_messages" ADD CONSTRAINT "conversation_messages_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conversation_messages" ADD CONSTRAINT "conversation_messages_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "egress_pools" ADD CONSTRAINT "egress_pools_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "egress_proxies" ADD CONSTRAINT "egress_proxies_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "egress_proxies" ADD CONSTRAINT "egress_proxies_pool_id_egress_pools_id_fk" FOREIGN KEY ("pool_id") REFERENCES "public"."egress_pools"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "endpoints" ADD CONSTRAINT "endpoints_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "endpoints" ADD CONSTRAINT "endpoints_service_id_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."services"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oauth_flows" ADD CONSTRAINT "oauth_flows_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oauth_flows" ADD CONSTRAINT "oauth_flows_credential_id_credentials_id_fk" FOREIGN KEY ("credential_id") REFERENCES "public"."credentials"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oauth_grants" ADD CONSTRAINT "oauth_grants_credential_id_credentials_id_fk" FOREIGN KEY ("credential_id") REFERENCES "public"."credentials"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oauth_grants" ADD CONSTRAINT "oauth_grants_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "conversation_messages_organization_id_idx" ON "conversation_messages" USING btree ("organization_id");--> statement-breakpoint
CREATE UNIQUE INDEX "conversations_organization_id_external_id_key" ON "conversations" USING btree ("organization_id","external_id");--> statement-breakpoint
CREATE INDEX "conversations_organization_id_updated_at_idx" ON "conversations" USING btree ("organization_id","updated_at");--> statement-breakpoint
CREATE INDEX "conversations_expires_at_idx" ON "conversations" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "idempotent_answers_expires_at_idx" ON "idempotent_answers" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "egress_pools_organization_id_idx" ON "egress_pools" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "egress_proxies_pool_id_idx" ON "egress_proxies" USING btree ("pool_id");--> statement-breakpoint
CREATE INDEX "egress_proxies_organization_id_idx" ON "egress_proxies" USING btree ("organization_id");--> statement-breakpoint
CREATE UNIQUE INDEX "endpoints_path_key" ON "endpoints" USING btree ("path");--> statement-breakpoint
CREATE INDEX "endpoints_organization_id_idx" ON "endpoints" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "endpoints_service_id_idx" ON "endpoints" USING btree ("service_id");--> statement-breakpoint
CREATE INDEX "oauth_flows_organization_id_idx" ON "oauth_flows" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "oauth_flows_expires_at_idx" ON "oauth_flows" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "oauth_grants_organization_id_idx" ON "oauth_grants" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "oauth_grants_expires_at_idx" ON "oauth_grants" USING btree ("expires_at");--> statement-breakpoint
ALTER TABLE "upstreams" ADD CONSTRAINT "upstreams_egress_pool_id_egress_pools_id_fk" FOREIGN KEY ("egress_pool_id") REFERENCES "public"."egress_pools"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "credentials" ADD CONSTRAINT "credentials_secret_check" CHECK ("credentials"."kind" = 'oauth' or ("credentials"."placement" = 'none') = ("credentials"."secret_envelope" is null));--> statement-breakpoint
ALTER TABLE "services" ADD CONSTRAINT "services_cache_ttl_check" CHECK ("services"."cache_ttl_seconds" between 1 and 86400);--> statement-breakpoint
ALTER TABLE "keys" ADD CONSTRAINT "keys_status_check" CHECK ("keys"."status" in ('active', 'disabled', 'revoked'));