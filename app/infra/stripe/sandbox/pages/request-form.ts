/** What the pages' routes share: reading a form, sending a page. */
import express, { type NextFunction, type Request, type Response } from 'express';
import { html, layout, localeOf } from '../html.ts';
import { PAGE_TEXTS } from '../page-texts.ts';
import { SandboxError } from '../sandbox-error.ts';
import type { CardForm } from '../test-cards.ts';
import type { CheckoutLocale, Declined } from '../texts.ts';

const MAX_FIELD_CHARS = 128;
export const parseForm = express.urlencoded({ extended: false, limit: '8kb' });

export function formField(request: Request, name: string): string {
  const value = ((request.body ?? {}) as Record<string, unknown>)[name];
  return typeof value === 'string' ? value.slice(0, MAX_FIELD_CHARS) : '';
}

export const readCard = (request: Request): CardForm => ({
  number: formField(request, 'number'),
  expiry: formField(request, 'expiry'),
  cvc: formField(request, 'cvc'),
});

export const pageLocale = (request: Request, named?: string | null): CheckoutLocale =>
  localeOf(named, request.get('accept-language'));

export function sendPage(response: Response, status: number, text: string): void {
  response.status(status).type('html').set('cache-control', 'no-store').send(text);
}

/** For addresses that lead to nothing that could be done. */
export function sendNothing(request: Request, response: Response, status = 404): void {
  const locale = pageLocale(request);
  const t = PAGE_TEXTS[locale];
  sendPage(
    response,
    status,
    layout(
      locale,
      t.nothingHere,
      html`<h1>${t.nothingHere}</h1>
        <p>${t.nothingText}</p>`,
    ),
  );
}

/** A route whose failures reach the error handler; what is not there, or not possible, is a page. */
export function page(work: (request: Request, response: Response) => Promise<void>) {
  return (request: Request, response: Response, next: NextFunction): void => {
    work(request, response).catch((error: unknown) => {
      if (error instanceof SandboxError) sendNothing(request, response, error.status);
      else next(error);
    });
  };
}

const KNOWN: Declined[] = ['insufficient_funds', 'expired_card', 'incorrect_cvc', 'processing_error'];

/** The page's words for a refusal. */
export function declinedAs(refusal: { code: string; decline_code?: string }): Declined {
  if (refusal.code.includes('authentication')) return 'authentication';
  return KNOWN.find((one) => one === (refusal.decline_code ?? refusal.code)) ?? 'generic_decline';
}
