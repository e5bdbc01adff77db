import type { Call } from '../call.ts';
import { editMembers, type JsonEdit } from '../dialects/json-members.ts';
import type { Candidate } from '../routing/candidate.ts';
import { joinVersion } from '../target-url.ts';

export interface PreparedAttempt {
  /** Behind the upstream's base path. */
  path: string;
  body: Buffer;
  /** Names of parameters that the upstream has not got. */
  dropped: string[];
  /** Further request headers: name, value, … */
  headers: string[];
}

/** The request as one upstream wants it. @throws AppError when it cannot be put that way. */
export function prepareAttempt(call: Call, { upstream, model }: Candidate): PreparedAttempt {
  const llm = call.llm!;
  const edits: JsonEdit[] = [];
  if (model !== null && model !== llm.members['model'])
    edits.push({ name: 'model', value: JSON.stringify(model) });
  if (llm.stream && !llm.facts.wantsUsage) {
    const options = llm.members['stream_options'];
    const merged = { ...(typeof options === 'object' ? options : {}), include_usage: true };
    edits.push({ name: 'stream_options', value: JSON.stringify(merged) });
  }
  return {
    path: joinVersion(upstream.basePath, call.restPath),
    body: edits.length === 0 ? llm.body : editMembers(llm.body, { ok: true, ...llm.scan }, edits),
    dropped: [],
    headers: [],
  };
}
