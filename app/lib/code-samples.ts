/** A first call to a service in the languages people use; works as printed once the key is set. */
import { curlSample, openAiBaseUrl, proxyUrl } from './call-sample.ts';

export interface ServiceToCall {
  slug: string;
  kind: 'http' | 'llm';
  /** Model ids of an LLM service. */
  models: string[];
}

export interface Sample {
  id: string;
  label: string;
  code: string;
}

const QUESTION = 'Say hello in four languages.';

function httpSamples(url: string): Sample[] {
  const python = `import os
import requests

response = requests.get(
    "${url}/",
    headers={"Authorization": f"Bearer {os.environ['TOLLGATE_KEY']}"},
)
response.raise_for_status()
print(response.text)`;
  const node = `const response = await fetch('${url}/', {
  headers: { Authorization: \`Bearer \${process.env.TOLLGATE_KEY}\` },
});
if (!response.ok) throw new Error(\`\${response.status} \${await response.text()}\`);
console.log(await response.text());`;
  return [
    { id: 'python', label: 'Python', code: python },
    { id: 'node', label: 'Node.js', code: node },
  ];
}

function llmSamples(baseUrl: string, model: string): Sample[] {
  const python = `import os
from openai import OpenAI

client = OpenAI(base_url="${baseUrl}", api_key=os.environ["TOLLGATE_KEY"])

stream = client.chat.completions.create(
    model=${JSON.stringify(model)},
    messages=[{"role": "user", "content": "${QUESTION}"}],
    stream=True,
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)`;
  const node = `import OpenAI from 'openai';

const client = new OpenAI({ baseURL: '${baseUrl}', apiKey: process.env.TOLLGATE_KEY });

const stream = await client.chat.completions.create({
  model: ${JSON.stringify(model)},
  messages: [{ role: 'user', content: '${QUESTION}' }],
  stream: true,
});
for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.delta.content ?? '');
}`;
  return [
    { id: 'openai-python', label: 'OpenAI · Python', code: python },
    { id: 'openai-node', label: 'OpenAI · Node.js', code: node },
  ];
}

/**
 * Samples for a service page. The key stands in the environment variable `TOLLGATE_KEY`.
 * @param origin where the proxy is reached, without a trailing slash.
 */
export function codeSamples(service: ServiceToCall, origin: string): Sample[] {
  const curl: Sample = { id: 'curl', label: 'curl', code: curlSample(origin, service) };
  const [model] = service.models;
  const others =
    service.kind === 'llm' && model !== undefined
      ? llmSamples(openAiBaseUrl(origin), `${service.slug}/${model}`)
      : httpSamples(proxyUrl(origin, service.slug));
  return [curl, ...others];
}
