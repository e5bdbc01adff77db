/** What the playground sends, as plain data: the browser sends it, snippets spell it out. */

export const PLAYGROUND_DIALECTS = ['openai', 'anthropic', 'gemini'] as const;
export type PlaygroundDialect = (typeof PLAYGROUND_DIALECTS)[number];

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'] as const;

export interface Turn {
  role: 'user' | 'assistant';
  text: string;
}

/** An LLM request as the form holds it; numbers as they were typed. */
export interface LlmForm {
  dialect: PlaygroundDialect;
  /** `slug/model`. */
  model: string;
  system: string;
  turns: readonly Turn[];
  temperature: string;
  maxTokens: string;
  /** Texts at which the model is to stop, one per line. */
  stop: string;
  /** JSON in the dialect's own shape; '' for none. */
  tools: string;
  stream: boolean;
}

/** A REST request as the form holds it. */
export interface HttpForm {
  slug: string;
  method: (typeof HTTP_METHODS)[number];
  /** Behind the service, with its query. */
  path: string;
  /** `Name: value`, one per line. */
  headers: string;
  body: string;
}

export interface PlaygroundRequest {
  method: string;
  /** Path on the proxy. */
  path: string;
  /** Without the key. */
  headers: Record<string, string>;
  body: string | null;
}

/** Anthropic's API wants a bound; this one stands in for none. */
const DEFAULT_ANTHROPIC_MAX_TOKENS = 1_024;

const AUTHORIZATION: Record<PlaygroundDialect, (key: string) => [name: string, value: string]> = {
  openai: (key) => ['authorization', `Bearer ${key}`],
  anthropic: (key) => ['x-api-key', key],
  gemini: (key) => ['x-goog-api-key', key],
};

/** Where each dialect's own libraries put the key. */
export function keyHeader(dialect: PlaygroundDialect, key: string): [name: string, value: string] {
  return AUTHORIZATION[dialect](key);
}

/** A typed number, or undefined while it is none. */
function numberOf(text: string): number | undefined {
  const value = text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** The tools as JSON; undefined for none and for what is no list. */
export function parseTools(text: string): unknown[] | undefined {
  if (text.trim() === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Members that are undefined are left out of the JSON. */
export function llmBody(form: LlmForm): Record<string, unknown> {
  const { dialect, model, system, turns, stream } = form;
  const lines = form.stop.split('\n').filter((line) => line !== '');
  const stop = lines.length > 0 ? lines : undefined;
  const temperature = numberOf(form.temperature);
  const maxTokens = numberOf(form.maxTokens);
  const tools = parseTools(form.tools);
  switch (dialect) {
    case 'openai':
      return {
        model,
        messages: [
          ...(system ? [{ role: 'system', content: system }] : []),
          ...turns.map(({ role, text }) => ({ role, content: text })),
        ],
        temperature,
        max_tokens: maxTokens,
        stop,
        tools,
        ...(stream && { stream, stream_options: { include_usage: true } }),
      };
    case 'anthropic':
      return {
        model,
        max_tokens: maxTokens ?? DEFAULT_ANTHROPIC_MAX_TOKENS,
        system: system || undefined,
        messages: turns.map(({ role, text }) => ({ role, content: text })),
        temperature,
        stop_sequences: stop,
        tools,
        ...(stream && { stream }),
      };
    case 'gemini':
      return {
        systemInstruction: system ? { parts: [{ text: system }] } : undefined,
        contents: turns.map(({ role, text }) => ({
          role: role === 'assistant' ? 'model' : 'user',
          parts: [{ text }],
        })),
        generationConfig:
          temperature === undefined && maxTokens === undefined && stop === undefined
            ? undefined
            : { temperature, maxOutputTokens: maxTokens, stopSequences: stop },
        tools,
      };
  }
}

/** Where the dialect's libraries send it. */
function llmPath({ dialect, model, stream }: LlmForm): string {
  if (dialect === 'openai') return '/v1/chat/completions';
  if (dialect === 'anthropic') return '/v1/messages';
  return `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`;
}

export function llmRequest(form: LlmForm): PlaygroundRequest {
  return {
    method: 'POST',
    path: llmPath(form),
    headers: {
      'content-type': 'application/json',
      ...(form.dialect === 'anthropic' && { 'anthropic-version': '2023-06-01' }),
    },
    body: JSON.stringify(llmBody(form)),
  };
}

/** As the browser will send it, so that the code beside it is the same request. */
export function httpRequest({ slug, method, path, headers, body }: HttpForm): PlaygroundRequest {
  const takesBody = method !== 'GET' && method !== 'HEAD' && body !== '';
  const typed = parseHeaders(headers);
  // Any host: it spells out what may not stand in a path.
  const { pathname, search } = new URL(
    `http://localhost/proxy/v1/${slug}${path.startsWith('/') ? '' : '/'}${path}`,
  );
  return {
    method,
    path: pathname + search,
    headers:
      takesBody && typed['content-type'] === undefined ? { 'content-type': typeOf(body), ...typed } : typed,
    body: takesBody ? body : null,
  };
}

/** Browsers, curl and libraries would each choose another one. */
function typeOf(body: string): string {
  try {
    JSON.parse(body);
    return 'application/json';
  } catch {
    return 'text/plain;charset=UTF-8';
  }
}

const SECRET_NAME = /auth|cookie|key|password|secret|session|signature|token/i;
const PLATFORM_KEY = /tg_(?:live|test)_\w/;

/** True for what must not stand in an address, which is kept, shared and logged. */
export function holdsKey(text: string): boolean {
  return PLATFORM_KEY.test(text);
}

/** The lines of typed headers that may stand in an address. */
export function shareableHeaders(text: string): string {
  return text
    .split('\n')
    .filter((line) => !SECRET_NAME.test(line.split(':')[0]!) && !holdsKey(line))
    .join('\n');
}

/** Lines that are no header are left out. */
export function parseHeaders(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const [, name, value] = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
      return name && value ? [[name.toLowerCase(), value]] : [];
    }),
  );
}
