import { inspect } from 'node:util';
import type { CredentialPlacement } from '../../db/schema/index.ts';
import { formsOfSecret, SecretMask } from './mask-secret.ts';

/**
 * A seller's opened credential, ready to be put into a request. It lives only in the snapshot; printed,
 * logged or serialised it shows nothing.
 */
export class CredentialSecret {
  readonly placement: CredentialPlacement;
  /** Lower-case header name, or the query parameter's name; '' when nothing is sent. */
  readonly name: string;
  readonly #value: string;
  readonly #forms: readonly Buffer[];
  readonly #words: readonly string[];

  constructor(placement: CredentialPlacement, parameterName: string | null, secret: string) {
    this.placement = placement;
    // What stands behind the user name is a secret by itself; upstreams that read it may repeat it alone.
    const password = placement === 'basic' ? secret.slice(secret.indexOf(':') + 1) : '';
    this.#forms = [...formsOfSecret(secret), ...formsOfSecret(password)];
    this.#words = [secret, ...this.#forms.map((form) => form.toString())].filter((word) => word !== '');
    switch (placement) {
      case 'none':
        this.name = '';
        this.#value = '';
        break;
      case 'bearer':
        this.name = 'authorization';
        this.#value = `Bearer ${secret}`;
        break;
      case 'basic':
        this.name = 'authorization';
        this.#value = `Basic ${Buffer.from(secret).toString('base64')}`;
        break;
      case 'header':
        this.name = (parameterName ?? 'authorization').toLowerCase();
        this.#value = secret;
        break;
      case 'query':
        this.name = parameterName ?? 'key';
        this.#value = encodeURIComponent(secret);
        break;
    }
  }

  /** What goes onto the wire: a header value, or a query value already encoded. */
  reveal(): string {
    return this.#value;
  }

  /** True when a text from the upstream repeats the secret, in whatever form. */
  isIn(text: string): boolean {
    for (const word of this.#words) if (text.includes(word)) return true;
    return false;
  }

  /** Answers are searched for it. */
  get isSought(): boolean {
    return this.#forms.length > 0;
  }

  /**
   * For one body of the upstream's; null when there is nothing to mask.
   * @param other what else it was sent and must not be seen.
   */
  openMask(other: CredentialSecret | null = null): SecretMask | null {
    const forms = other === null ? this.#forms : [...this.#forms, ...other.#forms];
    return forms.length === 0 ? null : new SecretMask(forms);
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [inspect.custom](): string {
    return '[redacted]';
  }
}
