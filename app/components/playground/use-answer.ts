/** Browser only. One model's answer: asked for, followed as it streams in, and kept. */
import { createParser } from 'eventsource-parser';
import { useState } from 'react';
import { readAnswer, readEvent, type AnswerDelta } from '../../lib/playground-answer.ts';
import { keyHeader, llmRequest, type LlmForm } from '../../lib/playground-request.ts';
import { RunFailure } from './run-failure.ts';
import { useRun, type RunOptions } from './use-run.ts';

export interface Answer {
  text: string;
  reasoning: string;
  /** Tool calls and the like. */
  other: string;
  input: number | null;
  output: number | null;
  /** An answer that is an error, as it came. */
  refusal: string;
}

const NO_ANSWER: Answer = { text: '', reasoning: '', other: '', input: null, output: null, refusal: '' };

function add(answer: Answer, delta: AnswerDelta): Answer {
  return {
    ...answer,
    text: answer.text + delta.text,
    reasoning: answer.reasoning + (delta.reasoning ?? ''),
    other: answer.other + (delta.other ?? ''),
    input: delta.inputTokens ?? answer.input,
    output: delta.outputTokens ?? answer.output,
  };
}

export function useAnswer(options: RunOptions) {
  const [answer, setAnswer] = useState(NO_ANSWER);
  const { run, send, cancel } = useRun(options);

  /** @returns true when the answer is whole. */
  async function ask(form: LlmForm): Promise<boolean> {
    const { dialect } = form;
    let current = NO_ANSWER;
    const show = (delta: AnswerDelta) => {
      if (delta.error) throw new RunFailure(delta.error);
      current = add(current, delta);
      setAnswer(current);
    };
    setAnswer(NO_ANSWER);
    const decoder = new TextDecoder();
    let whole = '';
    const parser = createParser({
      onEvent: ({ data }) => {
        if (data !== '[DONE]') show(readEvent(dialect, JSON.parse(data)));
      },
    });
    const isStream = (response: Response) =>
      response.ok && (response.headers.get('content-type')?.includes('text/event-stream') ?? false);
    return send(llmRequest(form), {
      keyHeader: (key) => keyHeader(dialect, key),
      onChunk: (chunk, response) => {
        const text = decoder.decode(chunk, { stream: true });
        if (isStream(response)) parser.feed(text);
        else whole += text;
        if (!response.ok) setAnswer({ ...current, refusal: whole });
      },
      onEnd: (response) => {
        if (response.ok && !isStream(response)) show(readAnswer(dialect, JSON.parse(whole)));
      },
    });
  }

  return { run, answer, ask, cancel, clear: () => setAnswer(NO_ANSWER) };
}
