/** OpenAI's chat completions: what the gateway reads in a request, and how it edits it. */
import { AppError } from '../../lib/app-error.ts';
import type { GatewayLimits } from '../limits.ts';
import { editMembers, scanMembers, type JsonEdit, type MemberScan } from './json-members.ts';

export interface ChatRequest {
  /** As the caller wrote it; `compose` strips the service from it. */
  model: string;
  /** Without the service in front. */
  upstreamModel: string;
  stream: boolean;
  /** The caller asked for the extra usage chunk; otherwise it is hidden again. */
  wantsUsage: boolean;
  /** Bytes of text in the messages and tools, and how many images. */
  textBytes: number;
  images: number;
  /** The most output tokens of one choice; the platform's default when the caller set no bound. */
  maxOutputTokens: number;
  choices: number;
  /** What is sent to the upstream. */
  body: Buffer;
  /** Where the caller's members stand in the body as it arrived. */
  scan: ParsedScan;
  members: Members;
}

type ParsedScan = Extract<MemberScan, { ok: true }>;

/** An upper estimate; OpenAI's own ceiling for a detailed image is about this. */
const TOKENS_PER_IMAGE = 1_600;
/**
 * For holds: BPE vocabularies average four bytes a token in English and three in Chinese, Japanese and
 * Korean (UTF-8), so bytes / 3 stays above what text costs without running a tokenizer over it.
 */
const HELD_BYTES_PER_TOKEN = 3;
/** For charges where the upstream says nothing: the usual average. */
const CHARGED_BYTES_PER_TOKEN = 4;

type Members = Record<string, unknown>;

/**
 * Parses and bounds a chat completion request.
 * @throws AppError `invalid_request`; the first issue names the parameter.
 */
export function parseChatRequest(body: Buffer, limits: GatewayLimits): ChatRequest {
  const scan = scanMembers(body, limits.jsonDepth);
  if (!scan.ok && scan.problem === 'too_deep')
    throw invalid('', `The body is nested deeper than ${limits.jsonDepth} levels.`);
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw invalid('', 'The body is not valid JSON.');
  }
  if (!scan.ok || value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw invalid('', 'The body must be a JSON object.');
  }
  assertOnce(scan, ['model', 'stream', 'stream_options', 'max_tokens', 'max_completion_tokens', 'n']);
  const members = value as Members;
  const { model, messages } = members;
  if (typeof model !== 'string' || model === '' || model.length > 256 || !isStorable(model))
    throw invalid('model', 'The parameter "model" must name a model.');
  if (!Array.isArray(messages) || messages.length === 0)
    throw invalid('messages', 'The parameter "messages" must be a list with at least one message.');
  const size = measure(messages, [members['tools'], members['functions'], members['response_format']]);
  const options = members['stream_options'];
  return {
    scan,
    members,
    model,
    upstreamModel: model,
    stream: boolean(members, 'stream'),
    wantsUsage: isObject(options) && options['include_usage'] === true,
    textBytes: size.textBytes,
    images: size.images,
    maxOutputTokens:
      integer(members, 'max_completion_tokens', limits.maxOutputTokens) ??
      integer(members, 'max_tokens', limits.maxOutputTokens) ??
      limits.defaultMaxOutputTokens,
    choices: integer(members, 'n', limits.maxChoices) ?? 1,
    body,
  };
}

/** The body for the upstream: its own model name, and usage asked for on streams. */
export function renderUpstreamBody(chat: ChatRequest): Buffer {
  const edits: JsonEdit[] = [];
  if (chat.upstreamModel !== chat.model)
    edits.push({ name: 'model', value: JSON.stringify(chat.upstreamModel) });
  if (chat.stream && !chat.wantsUsage) {
    edits.push({
      name: 'stream_options',
      value: JSON.stringify({ ...streamOptions(chat), include_usage: true }),
    });
  }
  return edits.length === 0 ? chat.body : editMembers(chat.body, chat.scan, edits);
}

function streamOptions({ scan, body }: ChatRequest): Members {
  const member = scan.members.find(({ name }) => name === 'stream_options');
  const value: unknown = member ? JSON.parse(body.toString('utf8', member.valueStart, member.valueEnd)) : {};
  return isObject(value) ? value : {};
}

/** Input tokens to hold money for. */
export function heldInputTokens(chat: ChatRequest): number {
  return Math.ceil(chat.textBytes / HELD_BYTES_PER_TOKEN) + chat.images * TOKENS_PER_IMAGE;
}

/** Input tokens to charge when the upstream does not say. */
export function estimatedInputTokens(chat: ChatRequest): number {
  return Math.ceil(chat.textBytes / CHARGED_BYTES_PER_TOKEN) + chat.images * TOKENS_PER_IMAGE;
}

export function estimatedOutputTokens(textBytes: number): number {
  return Math.ceil(textBytes / CHARGED_BYTES_PER_TOKEN);
}

/** A parameter that stands twice means one thing to us and another to the upstream. */
function assertOnce(scan: ParsedScan, names: string[]): void {
  for (const name of names) {
    if (scan.members.filter((member) => member.name === name).length > 1) {
      throw invalid(name, `The parameter "${name}" stands in the body more than once.`);
    }
  }
}

function boolean(members: Members, name: string): boolean {
  const value = members[name];
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw invalid(name, `The parameter "${name}" must be true or false.`);
  return value;
}

function integer(members: Members, name: string, max: number): number | undefined {
  const value = members[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > max) {
    throw invalid(name, `The parameter "${name}" must be a whole number from 1 to ${max}.`);
  }
  return value;
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(param: string, message: string): AppError {
  return new AppError('invalid_request', message, {
    issues: param ? [{ field: param, reason: 'invalid' }] : [],
  });
}

/** PostgreSQL stores no NUL and no half of a character: one such name would fail a whole batch. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}

/** Members of a message whose data URL is a picture; anywhere else it is text that costs its length. */
const IMAGE_MEMBERS: ReadonlySet<string> = new Set(['url', 'image_url']);

/** Text bytes anywhere in these values, and the images of the messages. */
function measure(messages: unknown[], others: unknown[]): { textBytes: number; images: number } {
  const size = { textBytes: 0, images: 0 };
  const pending: { value: unknown; mayBeImage: boolean; inMessage: boolean }[] = [
    ...messages.map((value) => ({ value, mayBeImage: false, inMessage: true })),
    ...others.map((value) => ({ value, mayBeImage: false, inMessage: false })),
  ];
  let next;
  while ((next = pending.pop()) !== undefined) {
    const { value, mayBeImage, inMessage } = next;
    if (typeof value === 'string') {
      if (mayBeImage && value.startsWith('data:')) size.images++;
      else size.textBytes += Buffer.byteLength(value);
    } else if (Array.isArray(value)) {
      for (const item of value) pending.push({ value: item, mayBeImage: false, inMessage });
      size.textBytes += 4;
    } else if (isObject(value)) {
      for (const [name, item] of Object.entries(value)) {
        size.textBytes += name.length;
        pending.push({ value: item, mayBeImage: inMessage && IMAGE_MEMBERS.has(name), inMessage });
      }
    } else if (typeof value === 'number') {
      size.textBytes += 8;
    }
  }
  return size;
}
