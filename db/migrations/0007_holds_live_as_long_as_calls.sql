DELETE FROM "holds" WHERE "state" <> 'open';--> statement-breakpoint
DROP INDEX "holds_open_expires_at_idx";--> statement-breakpoint
ALTER TABLE "holds" DROP COLUMN "state";--> statement-breakpoint
ALTER TABLE "holds" DROP COLUMN "closed_at";