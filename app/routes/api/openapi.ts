import type { LoaderFunctionArgs } from '@remix-run/node';
import { createOpenApiDocument } from '../../http/openapi/document.ts';

/** GET /openapi.json */
export function loader({ context }: LoaderFunctionArgs): Response {
  const { platform } = context;
  return Response.json(createOpenApiDocument(platform.publicUrl, platform.version), {
    headers: { 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' },
  });
}
