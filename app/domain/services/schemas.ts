import { z } from 'zod';
import {
  CREDENTIAL_PLACEMENTS,
  DIALECTS,
  PLAN_KINDS,
  SERVICE_CATEGORIES,
  SERVICE_KINDS,
  SERVICE_STATUSES,
  type CredentialPlacement,
} from '../../../db/schema/index.ts';
import { modelIdSchema, planSchema } from '../plans/index.ts';
import { MAX_BASE_URL_CHARS, normaliseBaseUrl } from './base-url.ts';
import { isReservedSlug, MAX_SLUG_CHARS, MIN_SLUG_CHARS, SLUG_PATTERN } from './slug.ts';

const MAX_SECRET_CHARS = 8_192;
const MAX_MODELS = 500;
const MAX_SEARCH_CHARS = 100;

/** Headers that frame or route a request, or that the proxy writes itself. */
const FORBIDDEN_HEADERS = new Set([
  ...['accept-encoding', 'connection', 'content-encoding', 'content-length', 'content-type', 'cookie'],
  ...['expect', 'forwarded', 'host', 'keep-alive', 'proxy-authorization', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade', 'via', 'x-request-id'],
]);

const slugSchema = z
  .string()
  .trim()
  .toLowerCase()
  .min(MIN_SLUG_CHARS)
  .max(MAX_SLUG_CHARS)
  .regex(SLUG_PATTERN, 'invalid_slug')
  .refine((slug) => !isReservedSlug(slug), 'reserved');

/** Kept as typed: the egress guard judges the spelling, `normaliseBaseUrl` makes what is stored. */
export const baseUrlSchema = z
  .string()
  .trim()
  .min(1)
  .max(MAX_BASE_URL_CHARS)
  .refine((text) => normaliseBaseUrl(text) !== null, 'invalid_url');

/** One line of visible ASCII: anything else could end a header, or never arrives as it was typed. */
export const secretSchema = z
  .string()
  .trim()
  .min(1)
  .max(MAX_SECRET_CHARS)
  .regex(/^[\x20-\x7e]+$/, 'invalid');

const parameterNameSchema = z.string().trim().min(1).max(100);

/** Where a secret goes. */
export const placementShape = {
  placement: z.enum(CREDENTIAL_PLACEMENTS),
  parameterName: parameterNameSchema.optional(),
};

/** Refuses names that no header or query parameter can have; `check` gets the issues. */
export function checkPlacement(
  { placement, parameterName }: { placement: CredentialPlacement; parameterName?: string | undefined },
  check: z.RefinementCtx,
): void {
  if (placement !== 'header' && placement !== 'query') return;
  const refuse = (message: string) => check.addIssue({ code: 'custom', path: ['parameterName'], message });
  if (!parameterName) return refuse('required');
  const pattern = placement === 'header' ? /^[!#$%&'*+.^`|~\w-]+$/ : /^[\w.~[\]-]+$/;
  if (!pattern.test(parameterName)) return refuse('invalid');
  if (placement === 'header' && FORBIDDEN_HEADERS.has(parameterName.toLowerCase())) refuse('reserved');
}

/** RFC 7617 section 2: the user name ends at the first colon. */
export function fitsPlacement(placement: CredentialPlacement, secret: string): boolean {
  return placement !== 'basic' || /^[^:]+:/.test(secret);
}

/** An absent secret means: keep the one that is stored (only when updating). */
export const credentialSchema = z
  .strictObject({ ...placementShape, secret: secretSchema.optional() })
  .superRefine((credential, check) => {
    checkPlacement(credential, check);
    if (credential.secret && !fitsPlacement(credential.placement, credential.secret)) {
      check.addIssue({ code: 'custom', path: ['secret'], message: 'invalid' });
    }
  });

/** What LLM upstreams speak; others are always `raw`. */
export const llmDialectSchema = z.enum(DIALECTS).exclude(['raw']);

export const upstreamModelsSchema = z.array(modelIdSchema).max(MAX_MODELS);

const serviceShape = {
  name: z
    .string()
    .trim()
    .min(2)
    .max(80)
    // Control and bidirectional characters would let a name imitate another.
    .refine((name) => !/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(name), 'invalid'),
  slug: slugSchema,
  summary: z.string().trim().max(160),
  description: z.string().trim().max(20_000),
  category: z.enum(SERVICE_CATEGORIES),
  kind: z.enum(SERVICE_KINDS),
  baseUrl: baseUrlSchema,
  credential: credentialSchema,
  /** Of the first upstream, like `models`; absent for a new LLM service: openai-chat. */
  dialect: llmDialectSchema,
  models: upstreamModelsSchema,
};

export const createServiceSchema = z
  .strictObject({
    name: serviceShape.name,
    /** Absent: derived from the name. */
    slug: serviceShape.slug.optional(),
    summary: serviceShape.summary.default(''),
    description: serviceShape.description.default(''),
    category: serviceShape.category.default('other'),
    kind: serviceShape.kind.default('http'),
    baseUrl: serviceShape.baseUrl,
    credential: serviceShape.credential.default({ placement: 'none' }),
    dialect: serviceShape.dialect.optional(),
    models: serviceShape.models.default([]),
    plans: z.array(planSchema).max(20).default([]),
    publish: z.boolean().default(false),
  })
  .superRefine(({ kind, dialect, credential, publish, plans }, check) => {
    if (kind !== 'llm' && dialect !== undefined) {
      check.addIssue({ code: 'custom', path: ['dialect'], message: 'invalid_choice' });
    }
    if (credential.placement !== 'none' && !credential.secret) {
      check.addIssue({ code: 'custom', path: ['credential', 'secret'], message: 'required' });
    }
    if (publish && plans.length === 0) {
      check.addIssue({ code: 'custom', path: ['plans'], message: 'required' });
    }
  });

/** Absent fields stay as they are. The kind is for life: prices and subscribers depend on it. */
export const updateServiceSchema = z.strictObject({
  serviceId: z.string().max(64),
  name: serviceShape.name.optional(),
  slug: serviceShape.slug.optional(),
  summary: serviceShape.summary.optional(),
  description: serviceShape.description.optional(),
  category: serviceShape.category.optional(),
  baseUrl: serviceShape.baseUrl.optional(),
  credential: serviceShape.credential.optional(),
  dialect: serviceShape.dialect.optional(),
  models: serviceShape.models.optional(),
});

const pathSchema = z
  .string()
  .trim()
  .max(1_000)
  // The rules for paths of calls: nothing that another parser could read as a host or a parent.
  .refine(
    (path) =>
      /^\/(?!\/)[\x21-\x7e]*$/.test(path) &&
      !/[\\#]/.test(path) &&
      !/%(2f|5c|00|2e)/i.test(path) &&
      !/(^|\/)\.{1,2}(\/|\?|$)/.test(path),
    'invalid',
  );

export const testConnectionSchema = z
  .strictObject({
    /** A saved service; the other fields, when given, take the place of what is stored. */
    serviceId: z.string().max(64).optional(),
    /** One of its upstreams; absent: the first. */
    upstreamId: z.string().max(64).optional(),
    /** One of that upstream's credentials; absent: the first. */
    credentialId: z.string().max(64).optional(),
    kind: serviceShape.kind.optional(),
    dialect: serviceShape.dialect.optional(),
    baseUrl: serviceShape.baseUrl.optional(),
    credential: serviceShape.credential.optional(),
    /** Behind the base URL; absent: where the dialect lists models; nothing for REST. */
    path: pathSchema.optional(),
  })
  .refine(({ serviceId, baseUrl }) => serviceId !== undefined || baseUrl !== undefined, {
    path: ['baseUrl'],
    message: 'required',
  });

export const listPublishedServicesSchema = z.strictObject({
  query: z.string().trim().max(MAX_SEARCH_CHARS).optional(),
  category: z.enum(SERVICE_CATEGORIES).optional(),
  kind: z.enum(SERVICE_KINDS).optional(),
  /** Services with at least one plan of this kind. */
  price: z.enum(PLAN_KINDS).optional(),
  sort: z.enum(['newest', 'name', 'price']).default('newest'),
  page: z.number().int().min(1).max(10_000).default(1),
});

export const listAllServicesSchema = z.strictObject({
  query: z.string().trim().max(MAX_SEARCH_CHARS).optional(),
  status: z.enum(SERVICE_STATUSES).optional(),
  page: z.number().int().min(1).max(10_000).default(1),
});

export type CreateServiceInput = z.input<typeof createServiceSchema>;
export type UpdateServiceInput = z.input<typeof updateServiceSchema>;
export type CredentialInput = z.output<typeof credentialSchema>;
export type TestConnectionInput = z.input<typeof testConnectionSchema>;
export type ListPublishedServicesInput = z.input<typeof listPublishedServicesSchema>;
export type ListAllServicesInput = z.input<typeof listAllServicesSchema>;
