/** A file to download: a text or the bytes of a PDF, with the type that its name ends in. */
const TYPES: Record<string, string> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  jsonl: 'application/jsonl; charset=utf-8',
  pdf: 'application/pdf',
};

/** Characters of `name` that a header or a file system could misread are left out. */
export function fileResponse(body: string | Uint8Array, name: string): Response {
  const safeName = name.replace(/[^\w.-]/g, '');
  const type = TYPES[safeName.slice(safeName.lastIndexOf('.') + 1)];
  if (!type) throw new RangeError(`no type is known for ${name}`);
  return new Response(typeof body === 'string' ? body : Buffer.from(body), {
    headers: {
      'content-type': type,
      'content-disposition': `attachment; filename="${safeName}"`,
      'cache-control': 'private, no-store',
    },
  });
}
