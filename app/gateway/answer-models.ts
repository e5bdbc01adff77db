import type { Call } from './call.ts';
import { appendCorsHeaders } from './cors.ts';
import { listReachableServices, modelNotFound } from './models.ts';

interface ModelObject {
  id: string;
  object: 'model';
  /** Seconds since the epoch. */
  created: number;
  owned_by: string;
}

/** `GET /v1/models` and `GET /v1/models/:id`: what `model` can be, for this key. */
export async function answerModels(call: Call, id: string): Promise<void> {
  const services = await listReachableServices(call);
  const models = services.flatMap((service) =>
    [...new Set(service.upstreams.flatMap((upstream) => upstream.models))].map(
      (model): ModelObject & { plain: string } => ({
        id: `${service.slug}/${model}`,
        object: 'model',
        created: Math.floor(service.createdAtMs / 1_000),
        owned_by: service.slug,
        plain: model,
      }),
    ),
  );
  const render = ({ plain: _plain, ...model }: ModelObject & { plain: string }): ModelObject => model;
  if (id === '') {
    send(call, { object: 'list', data: models.map(render) });
    return;
  }
  const found = models.find((model) => model.id === id) ?? models.find((model) => model.plain === id);
  if (!found) throw modelNotFound(id);
  send(call, { ...render(found), id });
}

function send(call: Call, value: unknown): void {
  call.answered = true;
  if (call.closed) return;
  const body = Buffer.from(JSON.stringify(value));
  const headers = [
    'content-type',
    'application/json; charset=utf-8',
    'content-length',
    `${body.length}`,
    'cache-control',
    'no-store',
    'x-content-type-options',
    'nosniff',
    'x-request-id',
    call.id,
  ];
  appendCorsHeaders(call, headers);
  call.response.writeHead(200, headers);
  call.response.end(call.method === 'HEAD' ? undefined : body);
}
