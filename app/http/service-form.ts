/** The seller's forms: from fields of a page to what the domain's verbs take. */
import type {
  CreateServiceInput,
  OwnService,
  TestConnectionInput,
  UpdateServiceInput,
} from '../domain/services/index.ts';
import type { CreatePlanInput, ChangePlanPriceInput } from '../domain/plans/index.ts';
import { formObject } from './parse-form.ts';

type Fields = Record<string, unknown>;

/** Domain field → field of the form. `credential.*` would be taken for a secret and not shown again. */
export function serviceFormField(field: string): string {
  if (field === 'path') return 'testPath';
  return field.replace(/^credential\b/, 'auth').replace(/^models\..*$/, 'models');
}

/** One model id per line; commas do as well. */
function modelList(text: unknown): string[] {
  return String(text ?? '')
    .split(/[\n,]/)
    .map((model) => model.trim())
    .filter(Boolean);
}

function credentialOf(auth: unknown): Fields | undefined {
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
  const { intent: _intent, testPath: _testPath, auth, models, ...fields } = formObject(form);
  return {
    ...fields,
    credential: credentialOf(auth),
    models: fields['kind'] === 'llm' ? modelList(models) : [],
  } as unknown as CreateServiceInput;
}

/** Blank text is a change too: an emptied summary has to become empty. */
export function readServiceChanges(form: FormData, service: OwnService): UpdateServiceInput {
  const { auth, models, ...fields } = formObject(form);
  return {
    serviceId: service.id,
    name: fields['name'] ?? '',
    slug: fields['slug'] ?? '',
    summary: fields['summary'] ?? '',
    description: fields['description'] ?? '',
    category: fields['category'],
    baseUrl: fields['baseUrl'] ?? '',
    credential: credentialOf(auth),
    ...(service.kind === 'llm' && { models: modelList(models) }),
  } as UpdateServiceInput;
}

export function readConnectionTest(form: FormData, service: OwnService | null): TestConnectionInput {
  const { auth, baseUrl, testPath, kind } = formObject(form);
  return {
    ...(service ? { serviceId: service.id } : { kind }),
    baseUrl: baseUrl ?? '',
    credential: credentialOf(auth),
    ...(testPath !== undefined && { path: testPath }),
  } as TestConnectionInput;
}

const PRICE_FIELDS: Record<string, readonly string[]> = {
  flat: ['monthlyFee'],
  per_call: ['callPrice'],
  per_token: ['inputPrice', 'outputPrice', 'modelPrices'],
};

/** The price fields of the chosen kind; fields of the others were sent too, but nobody saw them. */
function priceOf(fields: Fields): Fields {
  const names = PRICE_FIELDS[String(fields['kind'])] ?? [];
  const price = Object.fromEntries(names.map((name) => [name, fields[name]]));
  if (Array.isArray(price['modelPrices'])) {
    price['modelPrices'] = (price['modelPrices'] as Fields[]).filter(
      ({ inputPrice, outputPrice }) => inputPrice !== undefined || outputPrice !== undefined,
    );
  }
  return Object.fromEntries(Object.entries(price).filter(([, value]) => value !== undefined));
}

export function readNewPlan(form: FormData, serviceId: string): CreatePlanInput {
  const fields = formObject(form);
  const { kind, name, description, requestsPerMinute } = fields;
  return {
    serviceId,
    kind,
    name,
    ...(description !== undefined && { description }),
    ...(requestsPerMinute !== undefined && { requestsPerMinute }),
    ...priceOf(fields),
  } as CreatePlanInput;
}

export function readPriceChange(form: FormData): ChangePlanPriceInput {
  const fields = formObject(form);
  return { planId: fields['planId'], kind: fields['kind'], ...priceOf(fields) } as ChangePlanPriceInput;
}
