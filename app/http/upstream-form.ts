/** The forms of upstreams, pools, routing and custom paths: from fields of a page to what verbs take. */
import type { AddCredentialsInput, UpdateCredentialInput } from '../domain/credentials/index.ts';
import type { CreateEndpointInput } from '../domain/endpoints/index.ts';
import type { ConfigureRoutingInput, OwnService } from '../domain/services/index.ts';
import type { CreateUpstreamInput, UpdateUpstreamInput } from '../domain/upstreams/index.ts';
import type { CreateProviderInput, UpdateProviderInput } from '../domain/providers/index.ts';
import { AppError } from '../lib/app-error.ts';
import { formObject } from './parse-form.ts';
import { credentialOf, modelList } from './service-form.ts';

type Fields = Record<string, unknown>;

/** Domain field → field of the form. */
export function upstreamFormField(field: string): string {
  if (field === 'path') return 'testPath';
  return field.replace(/^credential\b/, 'auth').replace(/^models\..*$/, 'models');
}

/** Lines of one box: whichever of them is at fault, the box is. */
export function routingFormField(field: string): string {
  return field.replace(/^(fallbacks|modelAliases|defaultParameters)\..*$/, '$1');
}

const NUMBERS = [
  ...['priority', 'weight', 'connectTimeoutMs', 'firstByteTimeoutMs', 'idleTimeoutMs', 'totalTimeoutMs'],
  'maxRetries',
];
const NULLABLE = ['region', 'maxConcurrency', 'costPerMillion', 'egressPoolId', 'apiVersion'];

function upstreamFields(fields: Fields, kind: OwnService['kind']): Fields {
  const present = (name: string): Fields => (fields[name] === undefined ? {} : { [name]: fields[name] });
  return {
    name: fields['name'] ?? '',
    baseUrl: fields['baseUrl'] ?? '',
    ...(kind === 'llm' && { ...present('dialect'), models: modelList(fields['models']) }),
    ...Object.assign({}, ...NUMBERS.map(present)),
    ...Object.fromEntries(NULLABLE.map((name) => [name, fields[name] ?? null])),
    ...present('abandonPolicy'),
    ...present('status'),
  };
}

export function readNewUpstream(form: FormData, service: OwnService): CreateUpstreamInput {
  const fields = formObject(form);
  const credential = credentialOf(fields['auth']);
  return {
    ...upstreamFields(fields, service.kind),
    serviceId: service.id,
    ...(credential && { credential }),
  } as unknown as CreateUpstreamInput;
}

/** The credential is part of the change when a secret was typed, or it goes elsewhere from now on. */
export function readUpstreamChanges(
  form: FormData,
  input: { upstreamId: string; kind: OwnService['kind']; stored: Fields | undefined },
): UpdateUpstreamInput {
  const fields = formObject(form);
  const credential = credentialOf(fields['auth']);
  const { stored } = input;
  const changes =
    credential !== undefined &&
    (credential['secret'] !== undefined ||
      credential['placement'] !== (stored?.['placement'] ?? 'none') ||
      (credential['parameterName'] ?? null) !== (stored?.['parameterName'] ?? null));
  return {
    ...upstreamFields(fields, input.kind),
    upstreamId: input.upstreamId,
    ...(changes && { credential }),
  } as UpdateUpstreamInput;
}

/** One key a line. */
export function readNewCredentials(form: FormData, upstreamId: string): AddCredentialsInput {
  const { label, weight, secrets, auth } = formObject(form);
  const { placement, parameterName } = credentialOf(auth) ?? {};
  return {
    upstreamId,
    placement,
    ...(parameterName !== undefined && { parameterName }),
    ...(label !== undefined && { label }),
    ...(weight !== undefined && { weight }),
    secrets: secrets ?? '',
  } as AddCredentialsInput;
}

export function readCredentialChanges(form: FormData): UpdateCredentialInput {
  const { credentialId, label, weight, secret, requestsPerMinute, requestsPerDay, maxConcurrency } =
    formObject(form);
  return {
    credentialId,
    label: label ?? '',
    ...(weight !== undefined && { weight }),
    ...(secret !== undefined && { secret }),
    requestsPerMinute: requestsPerMinute ?? null,
    requestsPerDay: requestsPerDay ?? null,
    maxConcurrency: maxConcurrency ?? null,
  } as UpdateCredentialInput;
}

/** Lines `alias = model`. */
function aliasesOf(text: unknown): Record<string, string> {
  const lines = String(text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return Object.fromEntries(
    lines.map((line) => {
      const [alias = '', model = ''] = line.split(/\s*(?:=|→|->)\s*/);
      return [alias, model];
    }),
  );
}

function parametersOf(text: unknown): unknown {
  if (text === undefined) return {};
  try {
    return JSON.parse(String(text)) as unknown;
  } catch {
    throw new AppError('invalid_request', 'The parameters are not JSON.', {
      issues: [{ field: 'defaultParameters', reason: 'invalid_json' }],
    });
  }
}

export function readRouting(form: FormData, service: OwnService): ConfigureRoutingInput {
  const fields = formObject(form);
  if (service.kind !== 'llm') {
    return { serviceId: service.id, strategy: fields['strategy'] } as ConfigureRoutingInput;
  }
  return {
    serviceId: service.id,
    strategy: fields['strategy'],
    fallbacks: modelList(fields['fallbacks']),
    modelAliases: aliasesOf(fields['modelAliases']),
    systemPrompt: fields['systemPrompt'] ?? '',
    defaultParameters: parametersOf(fields['defaultParameters']),
    maxOutputTokens: fields['maxOutputTokens'] ?? null,
  } as ConfigureRoutingInput;
}

export function readLimitsAndCache(form: FormData, serviceId: string): ConfigureRoutingInput {
  const fields = formObject(form);
  return {
    serviceId,
    maxConcurrency: fields['maxConcurrency'] ?? null,
    websockets: fields['websockets'] === 'on',
    passOtherPaths: fields['passOtherPaths'] === 'on',
    cacheMode: fields['cacheMode'],
    ...(fields['cacheTtlSeconds'] !== undefined && { cacheTtlSeconds: fields['cacheTtlSeconds'] }),
    cachePublic: fields['cachePublic'] === 'on',
    coalesce: fields['coalesce'] === 'on',
  } as ConfigureRoutingInput;
}

export function readEndpoint(form: FormData): CreateEndpointInput {
  const { path, service, systemPrompt, defaultModel, streaming, status } = formObject(form);
  return {
    path: path ?? '',
    service: service ?? '',
    systemPrompt: systemPrompt ?? '',
    defaultModel: defaultModel ?? null,
    ...(streaming !== undefined && { streaming }),
    ...(status !== undefined && { status }),
  } as CreateEndpointInput;
}

export function readNewProvider(form: FormData): CreateProviderInput {
  const { name, baseUrl, apiKey, dialect, models } = formObject(form);
  return {
    name: name ?? '',
    ...(baseUrl !== undefined && { baseUrl }),
    ...(apiKey !== undefined && { apiKey }),
    ...(dialect !== undefined && { dialect }),
    models: modelList(models),
  } as CreateProviderInput;
}

export function readProviderChanges(form: FormData): UpdateProviderInput {
  const { providerId, baseUrl, status } = formObject(form);
  return {
    ...readNewProvider(form),
    providerId,
    baseUrl: baseUrl ?? '',
    ...(status !== undefined && { status }),
  } as UpdateProviderInput;
}
