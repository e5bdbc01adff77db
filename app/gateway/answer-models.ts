import type { Call } from './call.ts';
import { decode } from './doors.ts';
import { dialectOfCall } from './errors.ts';
import { listModels, listReachableServices, modelNotFound } from './models.ts';
import { sendJson } from './send-json.ts';
import type { CompiledService } from './snapshot.ts';

interface Model {
  /** What `model` can be. */
  id: string;
  /** Without the service. */
  name: string;
  service: CompiledService;
}

/** `GET /models` and `GET /models/:id`: what `model` can be, for this key, as the caller's SDK expects it. */
export async function answerModels(call: Call): Promise<void> {
  const models = call.service
    ? listModels(call, call.service).map((name) => ({ id: name, name, service: call.service! }))
    : (await listReachableServices(call)).flatMap((service) =>
        listModels(call, service).map((name) => ({ id: `${service.slug}/${name}`, name, service })),
      );
  const shape = SHAPES[dialectOfCall(call) as keyof typeof SHAPES] ?? SHAPES['openai-chat'];
  const id = decode(call.restPath.replace(/^.*?\/models\/?/, ''));
  if (id === '') {
    sendJson(call, shape.list(models));
    return;
  }
  const found = models.find((model) => model.id === id) ?? models.find((model) => model.name === id);
  if (!found) throw modelNotFound(id);
  sendJson(call, shape.one({ ...found, id }));
}

const openai = ({ id, service }: Model): object => ({
  id,
  object: 'model',
  created: Math.floor(service.createdAtMs / 1_000),
  owned_by: service.slug,
});

const anthropic = ({ id, service }: Model): object => ({
  type: 'model',
  id,
  display_name: id,
  created_at: new Date(service.createdAtMs).toISOString(),
});

const gemini = ({ id, name, service }: Model): object => ({
  name: `models/${id}`,
  version: '1',
  displayName: name,
  description: service.name,
  supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens', 'embedContent'],
});

const SHAPES = {
  'openai-chat': { one: openai, list: (all: Model[]) => ({ object: 'list', data: all.map(openai) }) },
  anthropic: {
    one: anthropic,
    list: (all: Model[]) => ({
      data: all.map(anthropic),
      has_more: false,
      first_id: all[0]?.id ?? null,
      last_id: all.at(-1)?.id ?? null,
    }),
  },
  gemini: { one: gemini, list: (all: Model[]) => ({ models: all.map(gemini) }) },
} as const;
