/** Recurring jobs, one line each. Times are UTC. */
export const CRONTAB = [
  // Settles enqueue it too; this one catches what a crash left behind.
  '* * * * * roll_up_usage ?jobKey=roll_up_usage&jobKeyMode=preserve_run_at',
  // A receipt that is asked for earlier is issued then.
  '* * * * * issue_receipts ?jobKey=issue_receipts&jobKeyMode=preserve_run_at',
  // Holds live as long as the longest call may; a minute more or less does not matter.
  '* * * * * release_expired_holds ?jobKey=release_expired_holds',
  // Partitions are made three months ahead, so a day without a worker is no danger.
  '17 3 * * * ensure_usage_partitions ?jobKey=ensure_usage_partitions',
  // Expired sessions are refused anyway; this only keeps the table small.
  '23 * * * * delete_expired_sessions ?jobKey=delete_expired_sessions',
  // Nobody is shown an expired conversation; this is when it is really gone.
  '41 * * * * delete_expired_conversations ?jobKey=delete_expired_conversations',
  // Expired answers are never given again; this only keeps the table small.
  '41 * * * * delete_expired_answers ?jobKey=delete_expired_answers',
  // Tokens are refreshed up to five minutes before they end.
  '* * * * * refresh_oauth_grants ?jobKey=refresh_oauth_grants',
  // Sellers have a week to answer; an hour more does not matter.
  '11 * * * * escalate_disputes ?jobKey=escalate_disputes',
  // Credit ends at a moment; a minute later nothing of it can be spent.
  '* * * * * expire_promotional_credits ?jobKey=expire_promotional_credits',
  // A warning is worth something while there is still time.
  '* * * * * alert_budgets ?jobKey=alert_budgets',
  // Earnings wait for days; an hour more does not matter.
  '7 * * * * release_earnings ?jobKey=release_earnings',
  // After the day's releases.
  '37 6 * * * schedule_payouts ?jobKey=schedule_payouts',
  '53 2 * * * verify_ledger ?jobKey=verify_ledger',
  // Renewals are prepared a day ahead, trials announced three days ahead.
  '7 * * * * prepare_renewals ?jobKey=prepare_renewals',
  // Stripe repeats webhooks for three days and keeps events for thirty.
  '37 2 * * * reconcile_stripe ?jobKey=reconcile_stripe',
  // A month may end at any half hour, somewhere; late usage comes into drafts until their window is over.
  '7 * * * * draft_invoices ?jobKey=draft_invoices',
  '27 * * * * finalize_invoices ?jobKey=finalize_invoices',
  '47 * * * * dun_invoices ?jobKey=dun_invoices',
  // A period may end at any minute; its last calls have three hours.
  '17 * * * * close_billing_periods ?jobKey=close_billing_periods',
  // A wallet that runs empty stops its owner's calls.
  '* * * * * run_auto_top_ups ?jobKey=run_auto_top_ups',
].join('\n');
