import type { ModelRoute } from '../../db/schema/index.ts';
import { AppError } from '../lib/app-error.ts';
import { matchesGlob } from '../lib/glob.ts';
import { isUsable, isVisible } from './authorize.ts';
import type { Call } from './call.ts';
import { allowsModel, allowsService } from './key-scope.ts';
import type { CompiledService } from './snapshot.ts';

/** LLM services that this key may call, oldest subscription first. */
export async function listReachableServices(call: Call): Promise<CompiledService[]> {
  const { snapshot } = call.parts;
  const principal = call.principal!;
  const subscriptions = principal.subscriptions.filter(
    (one) => isUsable(one, call) && (principal.keySubscriptionId ?? one.id) === one.id,
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
      isVisible(service, principal) &&
      allowsService(principal, service),
  ) as CompiledService[];
}

/** The models that a key can name at a service, aliases included, in the seller's order. */
export function listModels(call: Call, service: CompiledService): string[] {
  const names = [...service.upstreams.flatMap(({ models }) => models), ...Object.keys(service.modelAliases)];
  return [...new Set(names)].filter((model) =>
    allowsModel(call.principal!, service, resolveAlias(service, model)),
  );
}

/** True when some upstream of the service answers to this model; an upstream without a list to any. */
function servesModel(service: CompiledService, model: string): boolean {
  return service.upstreams.some(({ models }) => models.length === 0 || models.includes(model));
}

/** What the service calls this model itself. */
function resolveAlias(service: CompiledService, model: string): string {
  return Object.hasOwn(service.modelAliases, model) ? service.modelAliases[model]! : model;
}

export interface FoundModel {
  service: CompiledService;
  /** Without the service, aliases resolved. */
  model: string;
}

/**
 * The service that a model name means: `slug/model`, else the service that has it as an alias or whose
 * upstream lists it (lowest upstream priority, then the oldest subscription), else the first that takes
 * any model.
 */
export function findModel(services: readonly CompiledService[], name: string): FoundModel | null {
  const slash = name.indexOf('/');
  if (slash !== -1) {
    const service = services.find((one) => one.slug === name.slice(0, slash));
    const found = service && findModelOf(service, name.slice(slash + 1));
    if (found) return found;
  }
  let best: FoundModel | null = null;
  let bestPriority = Infinity;
  for (const service of services) {
    const model = resolveAlias(service, name);
    for (const { models, priority } of service.upstreams) {
      if (priority >= bestPriority || !(models.includes(model) || (model !== name && models.length === 0)))
        continue;
      best = { service, model };
      bestPriority = priority;
    }
  }
  const open = best ? undefined : services.find(takesAnyModel);
  return open ? { service: open, model: name } : best;
}

function takesAnyModel(service: CompiledService): boolean {
  return service.upstreams.some(({ models }) => models.length === 0);
}

/** The model of one service; its name may carry the service's slug. */
export function findModelOf(service: CompiledService, name: string): FoundModel | null {
  const prefix = `${service.slug}/`;
  for (const plain of name.startsWith(prefix) ? [name.slice(prefix.length), name] : [name]) {
    const model = resolveAlias(service, plain);
    if (servesModel(service, model)) return { service, model };
  }
  return null;
}

/**
 * Where a key sends calls for a model: the first of its routes that fits, by priority (lower first).
 * @param services reachable ones, whose slug in front of the name is no part of the model.
 */
export function applyModelRoutes(
  routes: readonly ModelRoute[],
  services: readonly CompiledService[],
  name: string,
): string {
  const [route] = routes
    .filter(({ pattern }) => matchesGlob(pattern, name))
    .sort((a, b) => a.priority - b.priority);
  if (!route) return name;
  if (!route.target.endsWith('/')) return route.target;
  const owner = services.find(({ slug }) => name.startsWith(`${slug}/`));
  return route.target + (owner ? name.slice(owner.slug.length + 1) : name);
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
