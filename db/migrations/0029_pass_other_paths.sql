ALTER TABLE "services" ADD COLUMN "pass_other_paths" boolean DEFAULT false NOT NULL;
