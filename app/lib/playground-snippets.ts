/** The playground's request in the languages people use; works as printed once the key is set. */
import { KEY_PLACEHOLDER } from './call-sample.ts';
import {
  httpRequest,
  keyHeader,
  llmBody,
  llmRequest,
  type HttpForm,
  type LlmForm,
  type PlaygroundRequest,
} from './playground-request.ts';
import type { Sample } from './code-samples.ts';

/** Nothing in it is expanded: what a link put into the form must not run in a shell. */
const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function curl(request: PlaygroundRequest, origin: string, key: [string, string], stream: boolean): string {
  const { method, path, headers, body } = request;
  const isPlain = method === (body === null ? 'GET' : 'POST');
  return [
    // Brackets in an address are no pattern.
    `curl ${stream ? '-N ' : ''}${/[[\]{}]/.test(path) ? '-g ' : ''}${isPlain ? '' : method === 'HEAD' ? '-I ' : `-X ${method} `}${shellWord(origin + path)}`,
    // The one variable that is meant to be expanded.
    `-H "${key[0]}: ${key[1]}"`,
    ...Object.entries(headers).map(([name, value]) => `-H ${shellWord(`${name}: ${value}`)}`),
    // `-d` would read a file where the body begins with "@".
    ...(body === null ? [] : [`--data-raw ${shellWord(pretty(body))}`]),
  ].join(' \\\n  ');
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

/** A value as Python writes it; JSON differs in three words and in nothing else. */
export function pythonValue(value: unknown, indent = 0): string {
  const inner = ' '.repeat(indent + 4);
  const end = ' '.repeat(indent);
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((item) => `${inner}${pythonValue(item, indent + 4)},\n`).join('')}${end}]`;
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return '{}';
  return `{\n${entries.map(([name, item]) => `${inner}${JSON.stringify(name)}: ${pythonValue(item, indent + 4)},\n`).join('')}${end}}`;
}

/** Keyword arguments of a Python call, one a line. */
const keywords = (body: Record<string, unknown>): string =>
  Object.entries(body)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `    ${name}=${pythonValue(value, 4)},\n`)
    .join('');

const object = (value: unknown): string => JSON.stringify(value, null, 2) ?? '{}';

/** @param origin where the proxy is reached from outside, without a trailing slash. */
export function llmSnippets(form: LlmForm, origin: string): Sample[] {
  const key = keyHeader(form.dialect, KEY_PLACEHOLDER);
  return [
    { id: 'curl', label: 'curl', code: curl(llmRequest(form), origin, key, form.stream) },
    ...SDK_SNIPPETS[form.dialect](form, origin),
  ];
}

const SDK_SNIPPETS: Record<LlmForm['dialect'], (form: LlmForm, origin: string) => Sample[]> = {
  openai: openAiSnippets,
  anthropic: anthropicSnippets,
  gemini: geminiSnippets,
};

function openAiSnippets(form: LlmForm, origin: string): Sample[] {
  const body = llmBody(form);
  const python = `import os
from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key=os.environ["TOLLGATE_KEY"])

response = client.chat.completions.create(
${keywords(body)})
${
  form.stream
    ? `for chunk in response:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)`
    : 'print(response.choices[0].message.content)'
}`;
  const node = `import OpenAI from 'openai';

const client = new OpenAI({ baseURL: '${origin}/v1', apiKey: process.env.TOLLGATE_KEY });

const response = await client.chat.completions.create(${object(body)});
${
  form.stream
    ? `for await (const chunk of response) {
  process.stdout.write(chunk.choices[0]?.delta.content ?? '');
}`
    : 'console.log(response.choices[0].message.content);'
}`;
  return [
    { id: 'openai-python', label: 'Python', code: python },
    { id: 'openai-node', label: 'TypeScript', code: node },
  ];
}

function anthropicSnippets(form: LlmForm, origin: string): Sample[] {
  const { stream: _stream, ...body } = llmBody(form);
  const python = `import os
from anthropic import Anthropic

client = Anthropic(base_url="${origin}", api_key=os.environ["TOLLGATE_KEY"])

${
  form.stream
    ? `with client.messages.stream(
${keywords(body)}) as stream:
    for text in stream.text_stream:
        print(text, end="", flush=True)`
    : `message = client.messages.create(
${keywords(body)})
print(message.content[0].text)`
}`;
  const node = `import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic({ baseURL: '${origin}', apiKey: process.env.TOLLGATE_KEY });

${
  form.stream
    ? `const stream = client.messages.stream(${object(body)});
stream.on('text', (text) => process.stdout.write(text));
await stream.finalMessage();`
    : `const message = await client.messages.create(${object(body)});
console.log(message.content);`
}`;
  return [
    { id: 'anthropic-python', label: 'Python', code: python },
    { id: 'anthropic-node', label: 'TypeScript', code: node },
  ];
}

function geminiSnippets(form: LlmForm, origin: string): Sample[] {
  const { contents, systemInstruction, generationConfig, tools } = llmBody(form);
  const config = { systemInstruction, ...(generationConfig as object | undefined), tools };
  const snakeConfig = Object.fromEntries(
    Object.entries(config)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]),
  );
  const args = {
    model: form.model,
    contents,
    ...(Object.keys(snakeConfig).length > 0 && { config: snakeConfig }),
  };
  const python = `import os
from google import genai

client = genai.Client(
    api_key=os.environ["TOLLGATE_KEY"],
    http_options={"base_url": "${origin}"},
)

${
  form.stream
    ? `for chunk in client.models.generate_content_stream(
${keywords(args)}):
    print(chunk.text or "", end="", flush=True)`
    : `response = client.models.generate_content(
${keywords(args)})
print(response.text)`
}`;
  const call = object({
    model: form.model,
    contents,
    ...(Object.keys(snakeConfig).length > 0 && { config }),
  });
  const node = `import { GoogleGenAI } from '@google/genai';

const ai = new GoogleGenAI({
  apiKey: process.env.TOLLGATE_KEY,
  httpOptions: { baseUrl: '${origin}' },
});

${
  form.stream
    ? `const response = await ai.models.generateContentStream(${call});
for await (const chunk of response) process.stdout.write(chunk.text ?? '');`
    : `const response = await ai.models.generateContent(${call});
console.log(response.text);`
}`;
  return [
    { id: 'google-python', label: 'Python', code: python },
    { id: 'google-node', label: 'TypeScript', code: node },
  ];
}

/** @param origin where the proxy is reached from outside, without a trailing slash. */
export function httpSnippets(form: HttpForm, origin: string): Sample[] {
  const request = httpRequest(form);
  const { method, path, headers, body } = request;
  const key: [string, string] = ['authorization', `Bearer ${KEY_PLACEHOLDER}`];
  const python = `import os
import requests

response = requests.request(
    ${JSON.stringify(method)},
    ${JSON.stringify(origin + path)},
    headers={
        "Authorization": f"Bearer {os.environ['TOLLGATE_KEY']}",
${Object.entries(headers)
  .map(([name, value]) => `        ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`)
  .join('')}    },${body === null ? '' : `\n    data=${JSON.stringify(body)}.encode(),`}
)
response.raise_for_status()
print(response.text)`;
  const node = `const response = await fetch(${JSON.stringify(origin + path)}, {
  method: ${JSON.stringify(method)},
  headers: {
    Authorization: \`Bearer \${process.env.TOLLGATE_KEY}\`,
${Object.entries(headers)
  .map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`)
  .join('')}  },${body === null ? '' : `\n  body: ${JSON.stringify(body)},`}
});
if (!response.ok) throw new Error(\`\${response.status} \${await response.text()}\`);
console.log(await response.text());`;
  return [
    { id: 'curl', label: 'curl', code: curl(request, origin, key, false) },
    { id: 'python', label: 'Python', code: python },
    { id: 'node', label: 'TypeScript', code: node },
  ];
}
