/**
 * Keeps a seller's secret out of what callers see: an upstream may repeat what it was sent, in any of
 * the forms that programs give it. Masked bytes are as many as before, so declared lengths stay true.
 */

/** Shorter secrets would mask innocent text. */
const MIN_SECRET_BYTES = 8;
const STAR = 0x2a;
const EMPTY = Buffer.alloc(0);

/**
 * The secret as it may stand in an answer: as it is, in base64, percent-encoded, inside of JSON or HTML.
 * Nearly all keys look the same in most of these. Empty: nothing is masked.
 */
export function formsOfSecret(secret: string): readonly Buffer[] {
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES) return [];
  const base64 = Buffer.from(secret).toString('base64');
  const forms = [
    secret,
    base64,
    base64.replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
    ...percentForms(secret),
    // Errors are often JSON inside of JSON; slashes may be escaped there, of base64 too.
    ...[secret, base64].flatMap(jsonForms).flatMap((form) => [form, ...jsonForms(form)]),
    ...htmlForms(secret),
  ];
  // Longer ones first: what is left of them is then no form any more.
  return [...new Set(forms)].map((form) => Buffer.from(form)).sort((a, b) => b.length - a.length);
}

function percentForms(secret: string): string[] {
  const forms = [encodeURIComponent(secret), new URLSearchParams([['', secret]]).toString().slice(1)];
  const lowered = (form: string): string => form.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
  return [...forms, ...forms.map(lowered)];
}

/** As common encoders write it: slashes escaped or not, what is not ASCII escaped or not. */
function jsonForms(text: string): string[] {
  const plain = JSON.stringify(text).slice(1, -1);
  const ascii = plain.replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [plain, ascii].flatMap((form) => [form, form.replaceAll('/', '\\/')]);
}

function htmlForms(secret: string): string[] {
  const escaped = secret
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  return ['&#39;', '&#039;', '&#x27;'].map((apostrophe) => escaped.replaceAll("'", apostrophe));
}

/** Masks one body as it passes. Nearly all bodies pass untouched, and at the price of a native search. */
export class SecretMask {
  readonly #forms: readonly Buffer[];
  /** The end of what came, as long as it may be the beginning of the secret. */
  #kept: Buffer = EMPTY;

  constructor(forms: readonly Buffer[]) {
    this.#forms = forms;
  }

  /** What may go on now. */
  push(chunk: Buffer): Buffer {
    const bytes = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    const masked = this.#mask(bytes);
    const open = this.#openLength(masked);
    if (open === 0) {
      this.#kept = EMPTY;
      return masked;
    }
    // A copy: the chunk belongs to the HTTP client and is large.
    this.#kept = Buffer.from(masked.subarray(masked.length - open));
    return masked.subarray(0, masked.length - open);
  }

  /** What was kept, at the end of the body: it was not the secret. */
  finish(): Buffer {
    const rest = this.#kept;
    this.#kept = EMPTY;
    return rest;
  }

  #mask(bytes: Buffer): Buffer {
    let masked = bytes;
    for (const form of this.#forms) {
      let at = masked.indexOf(form);
      if (at !== -1 && masked === bytes) masked = Buffer.from(bytes);
      for (; at !== -1; at = masked.indexOf(form, at + form.length)) masked.fill(STAR, at, at + form.length);
    }
    return masked;
  }

  /** Length of the longest end of `bytes` that a form begins with. */
  #openLength(bytes: Buffer): number {
    let longest = 0;
    for (const form of this.#forms) {
      const from = Math.max(0, bytes.length - form.length + 1);
      let at = bytes.indexOf(form[0]!, from);
      for (; at !== -1; at = bytes.indexOf(form[0]!, at + 1)) {
        const length = bytes.length - at;
        if (length <= longest) break;
        if (bytes.compare(form, 0, length, at) === 0) longest = length;
      }
    }
    return longest;
  }
}
