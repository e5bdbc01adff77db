/** The page behind the scenes: trouble on demand, events, disputes. Its address is a secret. */
import { timingSafeEqual } from 'node:crypto';
import type { Request, Response, Router } from 'express';
import { formatMoney, fromCents } from '../../../../lib/money.ts';
import { EVENT_FAULTS, REQUEST_FAULTS, type Fault, type NewFault } from '../faults.ts';
import { html, layout } from '../html.ts';
import type { Charge, Dispute, SandboxEvent } from '../objects.ts';
import { PAGE_TEXTS } from '../page-texts.ts';
import { closeDispute, openDispute } from '../payments/open-dispute.ts';
import type { Sandbox } from '../sandbox.ts';
import type { CheckoutLocale } from '../texts.ts';
import { formField, page, pageLocale, parseForm, sendNothing, sendPage } from './request-form.ts';

const SHOWN = 20;
const KINDS = [...REQUEST_FAULTS, ...EVENT_FAULTS];

export function addControlPage(router: Router, sandbox: Sandbox): void {
  const guarded = (work: (request: Request, response: Response) => Promise<void>) =>
    page(async (request, response) => {
      const given = Buffer.from((request.params.token ?? '').padEnd(64).slice(0, 64));
      const expected = Buffer.from(sandbox.controlToken.padEnd(64).slice(0, 64));
      if (given.length !== expected.length || !timingSafeEqual(given, expected))
        return sendNothing(request, response);
      await work(request, response);
    });
  router.get(
    '/control/:token',
    guarded((request, response) => show(sandbox, request, response)),
  );
  router.post(
    '/control/:token',
    parseForm,
    guarded(async (request, response) => {
      await act(sandbox, request);
      response.redirect(303, `/stripe-sandbox/control/${sandbox.controlToken}`);
    }),
  );
}

async function show(sandbox: Sandbox, request: Request, response: Response): Promise<void> {
  const faults = await sandbox.faults.list();
  const { events, charges, disputes } = await sandbox.transact(async (core) => ({
    events: await core.state.list<SandboxEvent>('event', { limit: SHOWN }),
    charges: await core.state.list<Charge>('charge', { limit: SHOWN, match: { paid: true } }),
    disputes: await core.state.list<Dispute>('dispute', { limit: SHOWN }),
  }));
  const locale = pageLocale(request);
  const t = PAGE_TEXTS[locale];
  const path = `/stripe-sandbox/control/${sandbox.controlToken}`;
  const money = (object: { amount: number; currency: string }) =>
    formatMoney(fromCents(object.amount), object.currency.toUpperCase(), locale);
  const button = (action: string, id: string, words: string) =>
    html`<form method="post" action="${path}">
      <input type="hidden" name="id" value="${id}" />
      <button type="submit" name="action" value="${action}" class="small">${words}</button>
    </form>`;
  const options = KINDS.map((kind) => html`<option value="${kind}">${t.faultKinds[kind]}</option>`);
  const body = html`<h1>${t.controlTitle}</h1>
    ${button('tick', '', t.runNow)}
    <h2>${t.faults}</h2>
    ${
      faults.length === 0
        ? html`<p class="muted">${t.noFaults}</p>`
        : html`<ul class="rows">
              ${faults.map((fault) => faultRow(fault, locale))}
            </ul>
            ${button('clear', '', t.clearFaults)}`
    }
    <form method="post" action="${path}" class="code">
      <div class="field">
        <label for="kind">${t.faultKind}</label>
        <select id="kind" name="kind">
          ${options}
        </select>
      </div>
      <div class="field">
        <label for="match">${t.faultMatch}</label><input id="match" name="match" maxlength="80" />
      </div>
      <div class="field">
        <label for="times">${t.faultTimes}</label
        ><input id="times" name="times" inputmode="numeric" maxlength="5" />
      </div>
      <button type="submit" name="action" value="add" class="second">${t.addFault}</button>
    </form>
    <h2>${t.charges}</h2>
    ${charges.length === 0 && html`<p class="muted">${t.noCharges}</p>`}
    <ul class="rows">
      ${charges.map((charge) => html`<li><span>${charge.id.slice(0, 14)}…</span><span class="amount">${money(charge)}</span>${!charge.disputed && button('dispute', charge.id, t.dispute)}</li>`)}
    </ul>
    ${disputes.length > 0 && html`<h2>${t.disputes}</h2>`}
    <ul class="rows">
      ${disputes.map(
        (dispute) =>
          html`<li>
            <span>${dispute.id.slice(0, 14)}…<br /><span class="muted">${dispute.status}</span></span
            ><span class="amount">${money(dispute)}</span
            >${dispute.status !== 'won' && dispute.status !== 'lost' && html`${button('won', dispute.id, t.win)}${button('lost', dispute.id, t.lose)}`}
          </li>`,
      )}
    </ul>
    <h2>${t.events}</h2>
    ${events.length === 0 && html`<p class="muted">${t.noEvents}</p>`}
    <ul class="rows">
      ${events.map(
        (event) =>
          html`<li>
            <span
              ><code>${event.type}</code><br /><span class="muted"
                >${event.pending_webhooks > 0 ? t.pendingEvent : t.sentEvent}</span
              ></span
            >${button('resend', event.id, t.resend)}
          </li>`,
      )}
    </ul>`;
  sendPage(response, 200, layout(locale, t.controlTitle, body, true));
}

const faultRow = (fault: Fault, locale: CheckoutLocale) =>
  html`<li>
    <span>${PAGE_TEXTS[locale].faultKinds[fault.kind]}<br /><code>${fault.match ?? '*'}</code></span
    ><span class="amount">${fault.times === undefined ? '∞' : `${fault.times - fault.seen} ×`}</span>
  </li>`;

async function act(sandbox: Sandbox, request: Request): Promise<void> {
  const id = formField(request, 'id');
  switch (formField(request, 'action')) {
    case 'tick':
      return sandbox.tick();
    case 'clear':
      return sandbox.faults.clear();
    case 'add':
      return addFault(sandbox, request);
    case 'resend':
      return sandbox.resend(id);
    case 'dispute':
      await sandbox.transact((core) => openDispute(core, id));
      return;
    case 'won':
      await sandbox.transact((core) => closeDispute(core, id, 'won'));
      return;
    case 'lost':
      await sandbox.transact((core) => closeDispute(core, id, 'lost'));
  }
}

async function addFault(sandbox: Sandbox, request: Request): Promise<void> {
  const kind = KINDS.find((one) => one === formField(request, 'kind'));
  if (!kind) return;
  const match = formField(request, 'match').trim();
  const times = /^\d{1,5}$/.exec(formField(request, 'times').trim())?.[0];
  const fault: NewFault = {
    kind,
    ...(match && { match }),
    ...(times && { times: Number.parseInt(times, 10) }),
  };
  await sandbox.faults.add(fault);
}
