/** Which executor does which job of the catalogue. */
import type { Context } from '../app/domain/context.ts';
import type { JobName, JobPayload } from './jobs.ts';
import { advancePayout } from './tasks/advance-payout.ts';
import { alertBudgets } from './tasks/alert-budgets.ts';
import { applyStripeEvent } from './tasks/apply-stripe-event.ts';
import { cancelStripeSubscription } from './tasks/cancel-stripe-subscription.ts';
import { closeBillingPeriods } from './tasks/close-billing-periods.ts';
import { deleteExpiredConversations } from './tasks/delete-expired-conversations.ts';
import { deleteExpiredAnswers } from './tasks/delete-expired-answers.ts';
import { deleteExpiredSessions } from './tasks/delete-expired-sessions.ts';
import { escalateDisputes } from './tasks/escalate-disputes.ts';
import { ensureUsagePartitions } from './tasks/ensure-usage-partitions.ts';
import { expirePromotionalCredits } from './tasks/expire-promotional-credits.ts';
import { recoverPayouts } from './tasks/recover-payouts.ts';
import { refreshOauthGrants } from './tasks/refresh-oauth-grants.ts';
import { releaseEarnings } from './tasks/release-earnings.ts';
import { releaseExpiredHolds } from './tasks/release-expired-holds.ts';
import { reportRefusedCredential } from './tasks/report-refused-credential.ts';
import { rollUpUsage } from './tasks/roll-up-usage.ts';
import { schedulePayouts } from './tasks/schedule-payouts.ts';
import { runAutoTopUps } from './tasks/run-auto-top-ups.ts';
import { sendMail } from './tasks/send-mail.ts';
import { tellOfDispute } from './tasks/tell-of-dispute.ts';
import { verifyLedger } from './tasks/verify-ledger.ts';
import { collectInvoice } from './tasks/collect-invoice.ts';
import { draftInvoices } from './tasks/draft-invoices.ts';
import { dunInvoices } from './tasks/dun-invoices.ts';
import { finalizeInvoices } from './tasks/finalize-invoices.ts';
import { pushBillingProfile } from './tasks/push-billing-profile.ts';
import { sendInvoiceMail } from './tasks/send-invoice-mail.ts';
import { issueReceipts } from './tasks/issue-receipts.ts';
import { prepareRenewals } from './tasks/prepare-renewals.ts';
import { reconcileStripe } from './tasks/reconcile-stripe.ts';
import { sendRefund } from './tasks/send-refund.ts';
import { startStripeSubscription } from './tasks/start-stripe-subscription.ts';
import { syncStripeSubscription } from './tasks/sync-stripe-subscription.ts';
import { tellSubscriber } from './tasks/tell-subscriber.ts';

export const TASKS: { [Name in JobName]: (ctx: Context, payload: JobPayload<Name>) => Promise<void> } = {
  advance_payout: advancePayout,
  alert_budgets: alertBudgets,
  apply_stripe_event: applyStripeEvent,
  cancel_stripe_subscription: cancelStripeSubscription,
  close_billing_periods: closeBillingPeriods,
  delete_expired_conversations: deleteExpiredConversations,
  delete_expired_answers: deleteExpiredAnswers,
  delete_expired_sessions: deleteExpiredSessions,
  ensure_usage_partitions: ensureUsagePartitions,
  escalate_disputes: escalateDisputes,
  expire_promotional_credits: expirePromotionalCredits,
  recover_payouts: recoverPayouts,
  refresh_oauth_grants: refreshOauthGrants,
  release_earnings: releaseEarnings,
  release_expired_holds: releaseExpiredHolds,
  report_refused_credential: reportRefusedCredential,
  issue_receipts: issueReceipts,
  roll_up_usage: rollUpUsage,
  schedule_payouts: schedulePayouts,
  run_auto_top_ups: runAutoTopUps,
  send_mail: sendMail,
  tell_of_dispute: tellOfDispute,
  verify_ledger: verifyLedger,
  collect_invoice: collectInvoice,
  draft_invoices: draftInvoices,
  dun_invoices: dunInvoices,
  finalize_invoices: finalizeInvoices,
  push_billing_profile: pushBillingProfile,
  send_invoice_mail: sendInvoiceMail,
  prepare_renewals: prepareRenewals,
  reconcile_stripe: reconcileStripe,
  send_refund: sendRefund,
  start_stripe_subscription: startStripeSubscription,
  sync_stripe_subscription: syncStripeSubscription,
  tell_subscriber: tellSubscriber,
};
