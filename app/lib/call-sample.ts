/** Commands that call a service through the gateway, ready to paste into a shell. */

export interface SampledService {
  slug: string;
  kind: 'http' | 'llm';
  /** Model ids of an LLM service. */
  models?: readonly string[];
}

/** Stands where the key belongs until there is one. */
export const KEY_PLACEHOLDER = '$TOLLGATE_KEY';

/** A POSIX shell word: nothing in it is expanded, except a placeholder that is meant to be. */
function shellWord(text: string): string {
  return text.includes(KEY_PLACEHOLDER) ? `"${text}"` : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Where a program sends its calls: every path below it goes to the service. */
export function proxyUrl(origin: string, slug: string): string {
  return `${origin}/proxy/v1/${slug}`;
}

/** Base URL for programs made for OpenAI's API; `model` then says which service is meant. */
export function openAiBaseUrl(origin: string): string {
  return `${origin}/v1`;
}

/** The two values that each vendor's own libraries take from the environment; only OpenAI's base URL has a version. */
export function libraryEnvironments(
  origin: string,
  secret: string,
): { id: string; label: string; code: string }[] {
  return [
    {
      id: 'openai',
      label: 'OpenAI',
      code: `OPENAI_BASE_URL=${openAiBaseUrl(origin)}\nOPENAI_API_KEY=${secret}`,
    },
    {
      id: 'anthropic',
      label: 'Anthropic',
      code: `ANTHROPIC_BASE_URL=${origin}\nANTHROPIC_API_KEY=${secret}`,
    },
    {
      id: 'google',
      label: 'Google',
      code: `GOOGLE_GEMINI_BASE_URL=${origin}\nGEMINI_API_KEY=${secret}`,
    },
  ];
}

/**
 * A first call. LLM services stream a completion, others get the root of the API.
 * @param key the secret, or nothing for a shell variable in its place.
 */
export function curlSample(origin: string, service: SampledService, key: string = KEY_PLACEHOLDER): string {
  const authorization = shellWord(`Authorization: Bearer ${key}`);
  if (service.kind === 'http') {
    return `curl ${shellWord(`${proxyUrl(origin, service.slug)}/`)} \\\n  -H ${authorization}`;
  }
  const [model] = service.models ?? [];
  const body = JSON.stringify({
    model: model ? `${service.slug}/${model}` : service.slug,
    stream: true,
    messages: [{ role: 'user', content: 'Say hello in four languages.' }],
  });
  return [
    `curl -N ${shellWord(`${openAiBaseUrl(origin)}/chat/completions`)}`,
    `-H ${authorization}`,
    `-H 'Content-Type: application/json'`,
    `-d ${shellWord(body)}`,
  ].join(' \\\n  ');
}

/** Two calls of one conversation: the second knows what was said in the first. */
export function conversationSample(origin: string): string {
  const call = (text: string) =>
    [
      `curl ${shellWord(`${openAiBaseUrl(origin)}/chat/completions`)}`,
      `-H ${shellWord(`Authorization: Bearer ${KEY_PLACEHOLDER}`)}`,
      `-H 'x-tollgate-conversation: my-chat'`,
      `-H 'Content-Type: application/json'`,
      `-d ${shellWord(JSON.stringify({ model: 'api/model', messages: [{ role: 'user', content: text }] }))}`,
    ].join(' \\\n  ');
  return `${call('My name is Ada.')}\n\n${call('What is my name?')}`;
}
