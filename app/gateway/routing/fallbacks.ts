import { AppError } from '../../lib/app-error.ts';
import type { Call } from '../call.ts';
import { readModel } from '../dialects/kit/params.ts';
import { findModel, findModelOf, listReachableServices } from '../models.ts';
import { routePreferences } from './preferences.ts';
import { targetFor, type Target } from './target.ts';

const HEADER = 'x-tollgate-fallbacks';
const MEMBER = 'models';
const MAX_FALLBACKS = 8;

/**
 * Stage before the hold: other models that may answer when the first cannot, the caller's before the
 * service's. Those that the caller is not subscribed to, or that have no price, are left out.
 * @throws AppError `invalid_request` naming the field.
 */
export function resolveFallbacks(call: Call): void | Promise<void> {
  const { llm, service } = call;
  if (llm === null) {
    if (call.speaksToUs) call.preferences = routePreferences(call);
    return;
  }
  call.preferences = routePreferences(call);
  const wanted = readWanted(call);
  if (call.preferences?.allowFallbacks === false) return;
  if (wanted.length === 0 && service!.fallbacks.length === 0) return;
  return resolve(call, wanted);
}

async function resolve(call: Call, wanted: readonly string[]): Promise<void> {
  const service = call.service!;
  const reachable = await listReachableServices(call);
  const targets: Target[] = [];
  const seen = new Set([`${service.id} ${call.llm!.upstreamModel}`]);
  const add = (found: { service: Target['service']; model: string } | null): void => {
    if (found === null || seen.has(`${found.service.id} ${found.model}`)) return;
    seen.add(`${found.service.id} ${found.model}`);
    const target = targetFor(call, found.service, found.model);
    if (target) targets.push(target);
  };
  for (const name of wanted) add(findModel(reachable, name));
  // The seller means models of the service; with a slug in front, those of another.
  for (const name of service.fallbacks) add(findModelOf(service, name) ?? findModel(reachable, name));
  call.fallbacks = targets;
}

function readWanted(call: Call): string[] {
  const header = call.speaksToUs ? call.request.headers[HEADER] : undefined;
  if (header !== undefined)
    return checked(
      String(header)
        .split(',')
        .map((name) => name.trim()),
      HEADER,
    );
  const member = call.llm!.members[MEMBER];
  if (member === undefined || member === null) return [];
  if (!Array.isArray(member) || !member.every((name) => typeof name === 'string'))
    throw invalid(MEMBER, 'must be a list of model names');
  return checked(member, MEMBER);
}

function checked(names: string[], field: string): string[] {
  if (names.length > MAX_FALLBACKS) throw invalid(field, `may name at most ${MAX_FALLBACKS} models`);
  // As in `model`: they are asked of upstreams and stored with the call.
  return names.filter((name) => name !== '').map((model) => readModel({ model }, field));
}

function invalid(field: string, must: string): AppError {
  return new AppError('invalid_request', `"${field}" ${must}.`, { issues: [{ field, reason: 'invalid' }] });
}
