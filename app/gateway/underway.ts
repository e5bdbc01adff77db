/** What still has to come to its end before the process may stop: calls, and answers that are read out. */
export class Underway {
  #count = 0;
  #whenIdle: (() => void) | null = null;

  get count(): number {
    return this.#count;
  }

  enter(): void {
    this.#count++;
  }

  leave(): void {
    this.#count--;
    if (this.#count === 0) this.#whenIdle?.();
  }

  /** @param ms waits no longer. */
  async idle(ms: number): Promise<void> {
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#whenIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
