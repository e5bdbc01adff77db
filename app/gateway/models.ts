import { AppError } from '../lib/app-error.ts';
import { isVisible } from './authorize.ts';
import type { Call } from './call.ts';
import type { CompiledService } from './snapshot.ts';

/** LLM services that this key may call, oldest subscription first. */
export async function listReachableServices(call: Call): Promise<CompiledService[]> {
  const { snapshot } = call.parts;
  const principal = call.principal!;
  const subscriptions = principal.subscriptions.filter(
    (one) => one.status === 'active' && (principal.keySubscriptionId ?? one.id) === one.id,
  );
  const services = await Promise.all(
    subscriptions.map(({ serviceId }) => {
      const known = snapshot.services.peek(serviceId);
      return known === undefined ? snapshot.services.load(serviceId) : known;
    }),
  );
  return services.filter(
    (service) =>
      service !== null &&
      service.kind === 'llm' &&
      service.status !== 'paused' &&
      isVisible(service, principal),
  ) as CompiledService[];
}

/** True when some upstream of the service answers to this model; an upstream without a list to any. */
export function servesModel(service: CompiledService, model: string): boolean {
  return service.upstreams.some(({ models }) => models.length === 0 || models.includes(model));
}

/**
 * The service that a model name means: `slug/model`, else the service whose upstream lists the model
 * (lowest upstream priority, then the oldest subscription), else the first that takes any model.
 */
export function findModel(
  services: readonly CompiledService[],
  name: string,
): { service: CompiledService; model: string } | null {
  const slash = name.indexOf('/');
  if (slash !== -1) {
    const slug = name.slice(0, slash);
    const model = name.slice(slash + 1);
    const service = services.find((one) => one.slug === slug);
    if (service && servesModel(service, model)) return { service, model };
  }
  let best: CompiledService | undefined;
  let bestPriority = Infinity;
  for (const service of services) {
    for (const { models, priority } of service.upstreams) {
      if (priority >= bestPriority || !models.includes(name)) continue;
      best = service;
      bestPriority = priority;
    }
  }
  best ??= services.find((service) => service.upstreams.some(({ models }) => models.length === 0));
  return best ? { service: best, model: name } : null;
}

export function modelNotFound(model: string): AppError {
  return new AppError(
    'model_not_found',
    `The model "${model}" does not exist, or no subscription of yours has it.`,
    {
      issues: [{ field: 'model', reason: 'invalid' }],
    },
  );
}
