import { markCredential, type CredentialMark, type MeteringContext } from '../../domain/metering/index.ts';
import type { Logger } from '../../infra/logger.ts';
import type { Candidate } from '../routing/candidate.ts';

export interface CredentialMarkerOptions {
  metering: MeteringContext;
  logger: Logger;
  /** A credential was disabled because its upstream refuses it: its owner has to hear of it. */
  onDisabled: (candidate: Candidate, status: number) => void;
}

/**
 * Marks credentials by what their upstreams answered: at once in memory, so that the next call knows,
 * and behind it in the database, so that every process knows.
 */
export class CredentialMarker {
  readonly #options: CredentialMarkerOptions;
  readonly #writing = new Set<Promise<void>>();

  constructor(options: CredentialMarkerOptions) {
    this.#options = options;
  }

  refused(candidate: Candidate, status: number): void {
    candidate.credential.state.refusals++;
    this.#write(candidate, { kind: 'refused', status });
  }

  /** @param untilMs by the gateway's clock. */
  cooling(candidate: Candidate, untilMs: number): void {
    const { state } = candidate.credential;
    // Calls that were under way say the same again; only what is later is news.
    if (untilMs <= state.coolingUntilMs) return;
    state.coolingUntilMs = untilMs;
    this.#write(candidate, { kind: 'cooling', untilMs: untilMs + candidate.service.clockOffsetMs });
  }

  worked(candidate: Candidate): void {
    const { state } = candidate.credential;
    if (state.refusals === 0) return;
    state.refusals = 0;
    this.#write(candidate, { kind: 'worked' });
  }

  async flush(): Promise<void> {
    await Promise.all(this.#writing);
  }

  #write(candidate: Candidate, mark: CredentialMark): void {
    // An upstream without credentials has nothing to mark.
    if (candidate.credential.id === '') return;
    const written = this.#save(candidate, mark).finally(() => this.#writing.delete(written));
    this.#writing.add(written);
  }

  async #save(candidate: Candidate, mark: CredentialMark): Promise<void> {
    const { metering, logger, onDisabled } = this.#options;
    const { id, state } = candidate.credential;
    state.writing++;
    try {
      const { organizationId } = candidate.service;
      const marked = await markCredential(metering, { id, organizationId, mark });
      if (marked === null) return;
      state.writtenAtMs = Math.max(state.writtenAtMs, marked.writtenAtMs);
      state.refusals = marked.refusals;
      state.disabled = marked.status === 'disabled';
      if (marked.disabledNow && mark.kind === 'refused') onDisabled(candidate, mark.status);
    } catch (error) {
      logger.error({ err: error, credentialId: id, mark: mark.kind }, 'a credential could not be marked');
    } finally {
      state.writing--;
    }
  }
}
