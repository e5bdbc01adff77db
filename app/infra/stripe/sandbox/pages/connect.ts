/** Sellers at Stripe: the hosted form, and the page of their account. */
import type { Request, Response, Router } from 'express';
import { formatMoney, fromCents } from '../../../../lib/money.ts';
import { BANK_ACCOUNTS, setRequirementsDue, submitOnboarding, type BankNumber } from '../connect/accounts.ts';
import type { SandboxCore } from '../core.ts';
import { html, layout, type Html } from '../html.ts';
import type { Account, AccountLink, Payout } from '../objects.ts';
import { PAGE_TEXTS, type PageTexts } from '../page-texts.ts';
import type { Sandbox } from '../sandbox.ts';
import { formField, page, pageLocale, parseForm, sendNothing, sendPage } from './request-form.ts';

const SHOWN = 12;

export function addConnectPages(router: Router, sandbox: Sandbox): void {
  router.get(
    '/onboarding/:id',
    page((request, response) => showForm(sandbox, request, response)),
  );
  router.post(
    '/onboarding/:id',
    parseForm,
    page((request, response) => finish(sandbox, request, response)),
  );
  router.get(
    '/accounts/:id',
    page((request, response) => showAccount(sandbox, request, response)),
  );
  router.post(
    '/accounts/:id',
    parseForm,
    page((request, response) => toggle(sandbox, request, response)),
  );
}

interface Form {
  link: AccountLink;
  account: Account;
  isExpired: boolean;
}

async function readForm(core: SandboxCore, id: string): Promise<Form | null> {
  const link = await core.state.find<AccountLink>('account_link', id);
  const account = link && (await core.state.find<Account>('account', link.sandbox.account));
  return link && account ? { link, account, isExpired: core.now() > link.expires_at } : null;
}

function requirements(account: Account, t: PageTexts): Html {
  const missing = account.requirements?.currently_due ?? [];
  if (missing.length === 0) return html`<p class="muted">${t.nothingMissing}</p>`;
  return html`<h2>${t.missingInfo}</h2>
    <ul class="rows" data-testid="requirements">
      ${missing.map((name) => html`<li><code>${name}</code></li>`)}
    </ul>`;
}

async function showForm(sandbox: Sandbox, request: Request, response: Response): Promise<void> {
  const form = await sandbox.transact((core) => readForm(core, request.params.id ?? ''));
  if (!form) return sendNothing(request, response);
  const locale = pageLocale(request);
  const t = PAGE_TEXTS[locale];
  const { link, account } = form;
  if (form.isExpired) {
    const body = html`<h1>${t.expiredLink}</h1>
      <p>${t.expiredText}</p>
      <p><a href="${link.sandbox.refreshUrl}">${t.goBack}</a></p>`;
    return sendPage(response, 410, layout(locale, t.expiredLink, body));
  }
  const banks = Object.entries(BANK_ACCOUNTS).map(
    ([number, failure]) =>
      html`<option value="${number}">
        ${number} – ${failure === null ? t.bankGood : `${t.bankBad} (${failure})`}
      </option>`,
  );
  const body = html`<h1>${t.onboardingTitle}</h1>
    <p>${t.onboardingText}</p>
    ${requirements(account, t)}
    <form method="post" action="/stripe-sandbox/onboarding/${link.id}">
      <div class="field">
        <label for="bank">${t.bankAccount}</label>
        <select id="bank" name="bank">
          ${banks}
        </select>
      </div>
      <button type="submit">${t.finish}</button>
    </form>
    <p class="cancel"><a href="${link.sandbox.returnUrl}">${t.later}</a></p>`;
  sendPage(response, 200, layout(locale, t.onboardingTitle, body));
}

async function finish(sandbox: Sandbox, request: Request, response: Response): Promise<void> {
  const form = await sandbox.transact((core) => readForm(core, request.params.id ?? ''));
  if (!form) return sendNothing(request, response);
  if (form.isExpired) return response.redirect(303, form.link.sandbox.refreshUrl);
  const typed = formField(request, 'bank');
  const bank =
    (Object.keys(BANK_ACCOUNTS) as BankNumber[]).find((number) => number === typed) ?? '000123456789';
  await sandbox.transact((core) => submitOnboarding(core, form.account.id, bank));
  response.redirect(303, form.link.sandbox.returnUrl);
}

async function showAccount(sandbox: Sandbox, request: Request, response: Response): Promise<void> {
  const id = request.params.id ?? '';
  const found = await sandbox.transact(async (core) => {
    const account = await core.state.find<Account>('account', id);
    const match = { sandbox: { account: id } };
    return account && { account, payouts: await core.state.list<Payout>('payout', { match, limit: SHOWN }) };
  });
  if (!found) return sendNothing(request, response);
  const { account, payouts } = found;
  const locale = pageLocale(request);
  const t = PAGE_TEXTS[locale];
  const areDue = account.sandbox.areRequirementsDue;
  const rows = payouts.map(
    (payout) =>
      html`<li>
        <span>${payout.id.slice(0, 12)}…</span
        ><span class="muted">${payout.status}${payout.failure_code ? ` · ${payout.failure_code}` : ''}</span
        ><span class="amount"
          >${formatMoney(fromCents(payout.amount), payout.currency.toUpperCase(), locale)}</span
        >
      </li>`,
  );
  const body = html`<h1>${t.accountTitle}</h1>
    <p>${account.payouts_enabled ? t.payoutsOn : t.payoutsOff}</p>
    ${requirements(account, t)}
    <form method="post" action="/stripe-sandbox/accounts/${id}">
      <button type="submit" name="due" value="${areDue ? 'no' : 'yes'}" class="second">
        ${areDue ? t.askNoMore : t.askMore}
      </button>
    </form>
    <h2>${t.payouts}</h2>
    ${
      rows.length === 0
        ? html`<p class="muted">${t.noPayouts}</p>`
        : html`<ul class="rows">
            ${rows}
          </ul>`
    }`;
  sendPage(response, 200, layout(locale, t.accountTitle, body));
}

async function toggle(sandbox: Sandbox, request: Request, response: Response): Promise<void> {
  const id = request.params.id ?? '';
  const areDue = formField(request, 'due') === 'yes';
  await sandbox.transact((core) => setRequirementsDue(core, id, areDue));
  response.redirect(303, `/stripe-sandbox/accounts/${id}`);
}
