CREATE TABLE "credit_suspensions" (
	"invoice_id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"credit_limit_nanos" bigint NOT NULL,
	"subscription_ids" text[] NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"lifted_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "credit_suspensions" ADD CONSTRAINT "credit_suspensions_invoice_id_invoices_id_fk" FOREIGN KEY ("invoice_id") REFERENCES "public"."invoices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "credit_suspensions" ADD CONSTRAINT "credit_suspensions_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "credit_suspensions_live_key" ON "credit_suspensions" USING btree ("organization_id") WHERE "credit_suspensions"."lifted_at" is null;--> statement-breakpoint
-- A finalized invoice keeps what it says; only its payment goes on.
CREATE FUNCTION refuse_change_of_issued_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.status = 'draft' THEN RETURN coalesce(NEW, OLD); END IF;
  IF TG_OP = 'DELETE'
     OR (NEW.organization_id, NEW.number, NEW.currency, NEW.period_start, NEW.period_end, NEW.time_zone, NEW.locale,
         NEW.issuer, NEW.recipient, NEW.subtotal_nanos, NEW.tax_nanos, NEW.total_nanos, NEW.prepaid_nanos, NEW.due_nanos,
         NEW.tax_name, NEW.tax_basis_points, NEW.finalized_at, NEW.due_at)
        IS DISTINCT FROM
        (OLD.organization_id, OLD.number, OLD.currency, OLD.period_start, OLD.period_end, OLD.time_zone, OLD.locale,
         OLD.issuer, OLD.recipient, OLD.subtotal_nanos, OLD.tax_nanos, OLD.total_nanos, OLD.prepaid_nanos, OLD.due_nanos,
         OLD.tax_name, OLD.tax_basis_points, OLD.finalized_at, OLD.due_at)
     OR NEW.status = 'draft'
  THEN RAISE EXCEPTION 'the invoice is finalized' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER invoices_finalized BEFORE UPDATE OR DELETE ON invoices
  FOR EACH ROW EXECUTE FUNCTION refuse_change_of_issued_invoice();
