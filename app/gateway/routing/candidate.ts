import type { CompiledCredential, CompiledService, CompiledUpstream } from '../snapshot.ts';

/** One place that a call can go. */
export interface Candidate {
  service: CompiledService;
  upstream: CompiledUpstream;
  credential: CompiledCredential;
  /** What the upstream is asked for; null: no LLM request. */
  model: string | null;
  /** Its share of the calls, against those of the others. */
  weight: number;
  /** The same in every process. */
  key: string;
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
      .flatMap((upstream) => candidatesOf(service, upstream, model));
    this.#byModel.set(model, made);
    return made;
  }
}

/** The upstream's share is divided among its credentials that are in use. */
function candidatesOf(
  service: CompiledService,
  upstream: CompiledUpstream,
  model: string | null,
): Candidate[] {
  const total = upstream.credentials
    .filter(({ secret, state }) => secret !== null && !state.disabled)
    .reduce((sum, { weight }) => sum + weight, 0);
  return upstream.credentials.map((credential) => ({
    service,
    upstream,
    credential,
    model,
    weight: (Math.max(upstream.weight, 0.001) * Math.max(credential.weight, 0.001)) / Math.max(total, 0.001),
    key: `${upstream.id} ${credential.id}`,
  }));
}
