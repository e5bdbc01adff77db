import { LRUCache } from 'lru-cache';
import { markCredential, type CredentialMark, type MeteringContext } from '../../domain/metering/index.ts';
import type { Logger } from '../../infra/logger.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { Verdict } from './verdict.ts';

export interface CredentialMarkerOptions {
  metering: MeteringContext;
  logger: Logger;
  /** A credential was disabled because its upstream refuses it: its owner has to hear of it. */
  reportDisabled: (credentialId: string) => Promise<void>;
  /** An access token was refused, perhaps ended before its time: a new one is asked for. */
  refreshToken: (credentialId: string) => Promise<void>;
}

/** How long a refused access token rests; refreshing takes about a second. */
const TOKEN_REST_MS = 2_000;
/** It rests no more after so long, and is taken for a fresh one until so long. */
const TOKEN_REFRESHING_MS = 5_000;
const TOKEN_FRESH_MS = 60_000;
const MAX_REFUSED = 20_000;

/**
 * Marks credentials by what their upstreams answered: at once in memory, so that the next call knows,
 * and behind it in the database, so that every process knows.
 */
export class CredentialMarker {
  readonly #options: CredentialMarkerOptions;
  readonly #writing = new Set<Promise<void>>();
  /** For whose call each credential was refused last, where that matters. */
  readonly #refusedFor = new LRUCache<string, string>({ max: MAX_REFUSED });
  /** When an access token was refused that is being refreshed, or was. */
  readonly #tokenRefusedAtMs = new LRUCache<string, number>({ max: MAX_REFUSED });

  constructor(options: CredentialMarkerOptions) {
    this.#options = options;
  }

  /**
   * @param buyer whose call it was.
   * @param nowMs by the gateway's clock.
   */
  refused(candidate: Candidate, status: number, buyer: string, nowMs: number): void {
    const { id, kind, state } = candidate.credential;
    if (kind === 'oauth' && status !== 403) {
      this.#tokenRefused(candidate, nowMs);
      return;
    }
    // What a caller asks for can earn a 403 of LLMs too: a model or a file that is not the credential's.
    const counted = candidate.service.kind === 'http' || status === 403 ? buyer : null;
    if (counted !== null) {
      const { upstream } = candidate;
      // The only one there is, and it has just worked: what these callers asked for is refused.
      if (upstream.credentials.length === 1 && upstream.state.firstByteMs.median(nowMs) !== null) return;
      // Who calls a forbidden path all the time says nothing new, and must not keep the database busy.
      if (state.writing > 0 || (state.refusals > 0 && this.#refusedFor.get(id) === counted)) return;
      this.#refusedFor.set(id, counted);
    }
    // Not zero, so that a success is news; how many count is the database's to say.
    state.refusals ||= 1;
    this.#write(candidate, { kind: 'refused', status, buyer: counted });
  }

  /** A token that has ended is no reason to give the credential up; until there is a new one it rests. */
  #tokenRefused(candidate: Candidate, nowMs: number): void {
    const { id } = candidate.credential;
    const sinceMs = nowMs - (this.#tokenRefusedAtMs.get(id) ?? -Infinity);
    // Refused although it is fresh: that is about what this caller asked for, and no matter of the others.
    if (sinceMs > TOKEN_REFRESHING_MS && sinceMs < TOKEN_FRESH_MS) return;
    if (sinceMs >= TOKEN_FRESH_MS) this.#tokenRefusedAtMs.set(id, nowMs);
    this.#rest(candidate, null, nowMs + TOKEN_REST_MS, nowMs);
    this.#track(this.#options.refreshToken(id), candidate, 'refused');
  }

  /** @param nowMs by the gateway's clock, as in the verdict. */
  exhausted(
    candidate: Candidate,
    { untilMs, of }: Extract<Verdict, { kind: 'exhausted' }>,
    nowMs: number,
  ): void {
    this.#rest(candidate, of === 'model' ? candidate.model : null, untilMs, nowMs);
  }

  #rest(candidate: Candidate, model: string | null, untilMs: number, nowMs: number): void {
    // Calls that were under way say the same again; only what is later is news.
    const news = candidate.credential.state.rest(model, untilMs, nowMs);
    if (news === null) return;
    const { clockOffsetMs } = candidate.service;
    this.#write(candidate, { kind: 'cooling', model: news.model, untilMs: untilMs + clockOffsetMs });
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
    this.#track(this.#save(candidate, mark), candidate, mark.kind);
  }

  #track(work: Promise<void>, candidate: Candidate, mark: CredentialMark['kind']): void {
    const tracked = work
      .catch((error: unknown) =>
        this.#options.logger.error(
          { err: error, credentialId: candidate.credential.id, mark },
          'a credential could not be marked',
        ),
      )
      .finally(() => this.#writing.delete(tracked));
    this.#writing.add(tracked);
  }

  async #save(candidate: Candidate, mark: CredentialMark): Promise<void> {
    const { metering, reportDisabled, logger } = this.#options;
    const { id, state } = candidate.credential;
    const { organizationId } = candidate.service;
    state.writing++;
    try {
      const marked = await markCredential(metering, { id, organizationId, mark });
      if (marked === null) return;
      state.writtenAtMs = Math.max(state.writtenAtMs, marked.writtenAtMs);
      state.refusals = marked.refusals;
      state.disabled = marked.status === 'disabled';
      if (!marked.disabledNow) return;
      logger.warn({ credentialId: id }, 'a credential is disabled: its upstream refuses it');
      await reportDisabled(id);
    } finally {
      state.writing--;
    }
  }
}
