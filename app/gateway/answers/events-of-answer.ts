import type { NeutralAnswer, NeutralChoice, NeutralEvent } from '../dialects/neutral.ts';

/** A whole answer as the stream that it would have been. */
export function* eventsOfAnswer({ choices, usage, ...head }: NeutralAnswer): Generator<NeutralEvent> {
  yield { type: 'start', ...head };
  for (const choice of choices) yield* eventsOfChoice(choice);
  if (usage !== null) yield { type: 'usage', usage };
  yield { type: 'end' };
}

function* eventsOfChoice({
  index,
  parts,
  stop,
  stopSequence,
  logprobs,
}: NeutralChoice): Generator<NeutralEvent> {
  let calls = 0;
  let unsaid = logprobs;
  for (const part of parts) {
    if (part.type === 'text') {
      yield { ...part, choice: index, ...(unsaid && { logprobs: unsaid }) };
      unsaid = undefined;
    } else if (part.type === 'reasoning' || part.type === 'refusal') {
      yield { ...part, choice: index };
    } else if (part.type === 'image') {
      yield { type: 'image', choice: index, source: part.source };
    } else if (part.type === 'tool_call') {
      const call = calls++;
      yield { type: 'tool_call', choice: index, index: call, id: part.id, name: part.name };
      yield { type: 'tool_arguments', choice: index, index: call, text: part.arguments };
    }
  }
  const reason = stop ?? 'stop';
  yield { type: 'stop', choice: index, reason, ...(stopSequence !== undefined && { stopSequence }) };
}
