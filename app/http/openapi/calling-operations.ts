/** The doors of the gateway in the OpenAPI document. */
import type { Operation } from './document.ts';
import { RANGE } from './shapes.ts';

const MODEL_ERRORS = [400, 402, 403, 404, 429, 502, 503, 504];

export const callingOperations: Record<string, Record<string, Operation>> = {
  '/proxy/v1/{service}/{path}': {
    get: {
      id: 'call',
      summary: 'Call a service; every other method works the same way',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: [402, 403, 404, 429, 502, 503, 504],
    },
  },
  '/llm/{service}/{path}': {
    post: {
      id: 'callModelService',
      summary: 'One LLM service as the base URL of an SDK: the calls for models below, in any dialect',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/llm/{service}/v1/responses/{id}': {
    get: {
      id: 'getStoredResponse',
      summary: 'A response that the service’s vendor stored for your organization, for a day',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: [402, 403, 404, 429, 502, 503, 504],
    },
    delete: {
      id: 'deleteStoredResponse',
      summary: 'Delete a stored response',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: [402, 403, 404, 429, 502, 503, 504],
    },
  },
  '/llm/{service}/v1/responses/{id}/input_items': {
    get: {
      id: 'listStoredResponseInput',
      summary: 'What a stored response was asked with',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: [402, 403, 404, 429, 502, 503, 504],
    },
  },
  '/v1/chat/completions': {
    post: {
      id: 'createChatCompletion',
      summary: 'OpenAI’s chat completions, streaming and not',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/responses': {
    post: {
      id: 'createResponse',
      summary: 'OpenAI’s responses; nothing is stored',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/completions': {
    post: {
      id: 'createCompletion',
      summary: 'OpenAI’s older completions',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/embeddings': {
    post: {
      id: 'createEmbeddings',
      summary: 'OpenAI’s embeddings',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/messages': {
    post: {
      id: 'createMessage',
      summary: 'Anthropic’s messages, streaming and not',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/messages/count_tokens': {
    post: {
      id: 'countMessageTokens',
      summary: 'How many tokens a message has; costs nothing',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1beta/models/{model}:generateContent': {
    post: {
      id: 'generateContent',
      summary: 'Google’s generateContent; streamGenerateContent, embedContent and countTokens alike',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/images/{path}': {
    post: {
      id: 'createImage',
      summary: 'Images, for upstreams of OpenAI’s family',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/audio/{path}': {
    post: {
      id: 'createAudio',
      summary: 'Speech and transcriptions, for upstreams of OpenAI’s family',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/rerank': {
    post: {
      id: 'rerank',
      summary: 'Documents in the order of their relevance',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/moderations': {
    post: {
      id: 'createModeration',
      summary: 'Moderations, for upstreams of OpenAI’s family',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/{path}': {
    post: {
      id: 'callEndpoint',
      summary: 'A path that a seller has bound to a service',
      tag: 'Calling',
      answer: null,
      auth: 'key',
      errors: MODEL_ERRORS,
    },
  },
  '/v1/requests/{id}': {
    get: {
      id: 'explainCall',
      summary: 'What happened to a call: attempts, limits, cache, receipt',
      tag: 'Calling',
      answer: 'CallExplanation',
      auth: 'key',
      errors: [404],
    },
  },
  '/v1/usage': {
    get: {
      id: 'getKeyUsage',
      summary:
        'What the key’s organization used: by day, API, key and model; this month when nothing is asked for',
      tag: 'Calling',
      query: RANGE,
      answer: 'KeyUsage',
      auth: 'key',
    },
  },
  '/v1/conversations': {
    get: {
      id: 'listConversations',
      summary: 'Remembered conversations, the last used first',
      tag: 'Calling',
      query: { page: 'From 1.' },
      answer: 'ConversationList',
      auth: 'key',
    },
  },
  '/v1/conversations/{id}': {
    get: {
      id: 'getConversation',
      summary: 'A conversation with its latest messages: at most 1,000, and 4 MB as they are stored',
      tag: 'Calling',
      answer: 'ConversationDetail',
      auth: 'key',
      errors: [404],
    },
    delete: {
      id: 'deleteConversation',
      summary: 'Forget a conversation',
      tag: 'Calling',
      answer: 'DeletedConversation',
      auth: 'key',
      errors: [404],
    },
  },
  '/v1/conversations/{id}/fork': {
    post: {
      id: 'forkConversation',
      summary: 'Copy a conversation, so that it can go on in two ways',
      tag: 'Calling',
      body: 'Fork',
      answer: 'Conversation',
      auth: 'key',
      errors: [404, 409],
    },
  },
  '/v1/conversations/{id}/export': {
    get: {
      id: 'exportConversation',
      summary: 'A conversation as a JSON file',
      tag: 'Calling',
      answer: 'ConversationDetail',
      auth: 'key',
      errors: [404],
    },
  },
  '/v1/models': {
    get: {
      id: 'listModels',
      summary: 'Models of the LLM services the key is subscribed to',
      tag: 'Calling',
      answer: null,
      auth: 'key',
    },
  },
};
