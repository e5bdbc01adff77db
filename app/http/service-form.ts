/** The seller's forms: from fields of a page to what the domain's verbs take. */
import type {
  CreateServiceInput,
  OwnService,
  TestConnectionInput,
  UpdateServiceInput,
} from '../domain/services/index.ts';
import type { CreatePlanInput, UpdatePlanInput } from '../domain/plans/index.ts';
import { formObject } from './parse-form.ts';

type Fields = Record<string, unknown>;

/** Domain field → field of the form. `credential.*` would be taken for a secret and not shown again. */
export function serviceFormField(field: string): string {
  if (field === 'path') return 'testPath';
  return field.replace(/^credential\b/, 'auth').replace(/^models\..*$/, 'models');
}

/** One model id per line; commas do as well. */
export function modelList(text: unknown): string[] {
  return String(text ?? '')
    .split(/[\n,]/)
    .map((model) => model.trim())
    .filter(Boolean);
}

export function credentialOf(auth: unknown): Fields | undefined {
  if (typeof auth !== 'object' || auth === null) return undefined;
  const { placement, parameterName, secret } = auth as Fields;
  if (placement === 'none') return { placement };
  return {
    placement,
    ...(['header', 'query'].includes(String(placement)) && parameterName !== undefined && { parameterName }),
    ...(secret !== undefined && { secret }),
  };
}

/** Values pass as they are; the domain's schema says which of them are wrong. */
export function readNewService(form: FormData): CreateServiceInput {
  const { intent: _intent, testPath: _testPath, auth, models, dialect, ...fields } = formObject(form);
  return {
    ...fields,
    credential: credentialOf(auth),
    ...(fields['kind'] === 'llm' && { dialect }),
    models: fields['kind'] === 'llm' ? modelList(models) : [],
  } as unknown as CreateServiceInput;
}

/** What buyers read. Blank text is a change too: an emptied summary has to become empty. */
export function readServiceChanges(form: FormData, service: OwnService): UpdateServiceInput {
  const fields = formObject(form);
  return {
    serviceId: service.id,
    name: fields['name'] ?? '',
    slug: fields['slug'] ?? '',
    summary: fields['summary'] ?? '',
    description: fields['description'] ?? '',
    category: fields['category'],
  } as UpdateServiceInput;
}

/** A test of what is typed; of a saved upstream with what is stored beside it. */
export function readConnectionTest(
  form: FormData,
  saved: { serviceId: string; kind: OwnService['kind']; upstreamId?: string } | null,
): TestConnectionInput {
  const { auth, baseUrl, testPath, kind, dialect } = formObject(form);
  return {
    ...(saved?.upstreamId
      ? { serviceId: saved.serviceId, upstreamId: saved.upstreamId }
      : { kind: saved?.kind ?? kind }),
    ...((saved?.kind ?? kind) === 'llm' && { dialect }),
    baseUrl: baseUrl ?? '',
    credential: credentialOf(auth),
    ...(testPath !== undefined && { path: testPath }),
  } as TestConnectionInput;
}

const LIMIT_FIELDS = [
  ...['requestsPerMinute', 'requestsPerDay', 'tokensPerMinute', 'tokensPerDay', 'maxConcurrency'],
];

/** Blank is null: the platform's default. */
function readLimits(fields: Fields): Fields {
  return {
    ...Object.fromEntries(LIMIT_FIELDS.map((name) => [name, fields[name] ?? null])),
    modelLimits: modelLimitsOf(fields['modelLimits']),
  };
}

const presentOnly = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

/** A line is `model calls tokens`; a hyphen stands for no ceiling. */
function modelLimitsOf(text: unknown): Fields[] {
  return String(text ?? '')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([model]) => model)
    .map(([model, calls, tokens]) => ({
      model,
      ...(calls && calls !== '-' && { requestsPerMinute: calls }),
      ...(tokens && tokens !== '-' && { tokensPerMinute: tokens }),
    }));
}

export function readPlanLimits(form: FormData): UpdatePlanInput {
  const fields = formObject(form);
  return { planId: fields['planId'], ...readLimits(fields) } as UpdatePlanInput;
}

/** Lines of one box: whichever of them is at fault, the box is. */
export function planFormField(field: string): string {
  return field.replace(/^modelLimits\..*$/, 'modelLimits');
}

/** What a plan is called and who may see it, and with limits that are set. */
export function readPlanAbout(form: FormData): Pick<CreatePlanInput, 'name' | 'description' | 'visibility'> {
  const { name, description, visibility, ...fields } = formObject(form);
  return {
    ...presentOnly(readLimits(fields)),
    name: name ?? '',
    description: description ?? '',
    ...(visibility !== undefined && { visibility }),
  } as Pick<CreatePlanInput, 'name' | 'description' | 'visibility'>;
}
