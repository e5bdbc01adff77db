import type { CompiledCredential, CompiledService, CompiledUpstream } from '../snapshot.ts';

/** One place that a call can go. */
export interface Candidate {
  service: CompiledService;
  upstream: CompiledUpstream;
  credential: CompiledCredential;
  /** What the upstream is asked for; null: no LLM request. */
  model: string | null;
}

/** Callers can make model names up; the memory they fill is bounded. */
const MAX_MODELS = 500;

/** A service's candidates by model, made once per model, so that a call makes none. */
export class CandidateSets {
  readonly #byModel = new Map<string | null, readonly Candidate[]>();

  /** Upstreams that serve the model with each of their credentials, in order of priority. */
  of(service: CompiledService, model: string | null): readonly Candidate[] {
    const known = this.#byModel.get(model);
    if (known) return known;
    if (this.#byModel.size >= MAX_MODELS) this.#byModel.clear();
    const made = service.upstreams
      .filter(({ models }) => model === null || models.length === 0 || models.includes(model))
      .flatMap((upstream) =>
        upstream.credentials
          .filter(({ secret }) => secret !== null)
          .map((credential) => ({ service, upstream, credential, model })),
      );
    this.#byModel.set(model, made);
    return made;
  }
}
