/** Chat completions of Azure OpenAI: the same words at the address of a deployment. */
import type { Dialect } from '../dialect.ts';
import { embeddings } from '../openai-chat/embeddings.ts';
import { openaiChat } from '../openai-chat/index.ts';

const deployment = (model: string): string => `/openai/deployments/${encodeURIComponent(model)}`;

/** The base URL is the resource's; `api-version` is the upstream's and added with it. */
export const azure: Dialect = {
  ...openaiChat,
  name: 'azure',
  requestPath: (model) => `${deployment(model)}/chat/completions`,
  embeddings: { ...embeddings, path: (model) => `${deployment(model)}/embeddings` },
};
