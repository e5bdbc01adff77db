/**
 * Gemini's calls often have no ids, and results then belong to calls by name and order. The other
 * dialects need ids: they are counted out, the same in every reading of the same conversation.
 */
export class CallIds {
  #count = 0;
  /** Calls without a result yet, by name. */
  readonly #open = new Map<string, string[]>();

  call(name: string, stated: unknown): string {
    const id = typeof stated === 'string' && stated !== '' ? stated : `call_${this.#count}_${name}`;
    this.#count++;
    this.#open.set(name, [...(this.#open.get(name) ?? []), id]);
    return id;
  }

  result(name: string, stated: unknown): string {
    const open = this.#open.get(name) ?? [];
    const id = typeof stated === 'string' && stated !== '' ? stated : (open[0] ?? `call_${name}`);
    this.#open.set(
      name,
      open.filter((one) => one !== id),
    );
    return id;
  }
}
