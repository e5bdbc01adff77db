import { createParser } from 'eventsource-parser';
import { useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { readAnswer, readEvent, type AnswerDelta } from '../../lib/playground-answer.ts';
import {
  keyHeader,
  llmBody,
  llmRequest,
  parseTools,
  PLAYGROUND_DIALECTS,
  type LlmForm,
  type PlaygroundDialect,
  type Turn,
} from '../../lib/playground-request.ts';
import { llmSnippets } from '../../lib/playground-snippets.ts';
import { Button } from '../ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../ui/card.tsx';
import { CodeBlock, CodeTabs } from '../ui/code-block.tsx';
import { CheckboxField, SelectField, TextAreaField, TextField } from '../ui/field.tsx';
import { Section } from '../ui/page.tsx';
import { useHydrated } from '../ui/use-hydrated.ts';
import type { PlaygroundPlan } from './estimate.ts';
import { EstimateText } from './estimate-text.tsx';
import { KeyField } from './key-field.tsx';
import { NeedsScript } from './needs-script.tsx';
import { RunFacts } from './run-facts.tsx';
import { useAddress } from './use-address.ts';
import { RunFailure, useRun } from './use-run.ts';

export interface LlmPlaygroundProps {
  service: { slug: string; models: readonly string[] };
  subscriptionId: string;
  plan: PlaygroundPlan;
  /** Where programs reach the proxy. */
  origin: string;
  /** What the address says. */
  initial: Record<string, string>;
  mayMakeKeys: boolean;
}

interface Answer {
  text: string;
  other: string;
  input: number | null;
  output: number | null;
}

const NO_ANSWER: Answer = { text: '', other: '', input: null, output: null };
const FIRST_PROMPT = 'Say hello in four languages.';

const isDialect = (text: string | undefined): text is PlaygroundDialect =>
  PLAYGROUND_DIALECTS.some((dialect) => dialect === text);

function add(answer: Answer, delta: AnswerDelta): Answer {
  return {
    text: answer.text + delta.text,
    other: answer.other + (delta.other ?? ''),
    input: delta.inputTokens ?? answer.input,
    output: delta.outputTokens ?? answer.output,
  };
}

/** A chat with one model of a service: the form, the answer as it streams in, and the same in code. */
export function LlmPlayground(props: LlmPlaygroundProps) {
  const { service, subscriptionId, plan, origin, initial, mayMakeKeys } = props;
  const { t } = useTranslation('buyer');
  const hydrated = useHydrated();
  const [form, setForm] = useState<LlmForm>(() => ({
    dialect: isDialect(initial['dialect']) ? initial['dialect'] : 'openai',
    model: `${service.slug}/${service.models.find((model) => model === initial['model']) ?? service.models[0] ?? ''}`,
    system: initial['system'] ?? '',
    turns: [],
    temperature: initial['temperature'] ?? '',
    maxTokens: initial['maxTokens'] ?? '',
    tools: initial['tools'] ?? '',
    stream: initial['stream'] !== 'off',
  }));
  const [prompt, setPrompt] = useState(initial['prompt'] ?? FIRST_PROMPT);
  const [ownKey, setOwnKey] = useState('');
  const [answer, setAnswer] = useState(NO_ANSWER);
  /** The question being answered; it joins the turns once its answer is whole. */
  const [asked, setAsked] = useState<string | null>(null);
  const { run, send, cancel } = useRun({ subscriptionId, ownKey });
  const isRunning = run.state === 'running';
  const model = form.model.slice(service.slug.length + 1);

  const isOver = asked !== null && run.state === 'done';
  const history: Turn[] = isOver
    ? [...form.turns, { role: 'user', text: asked }, { role: 'assistant', text: answer.text }]
    : [...form.turns];
  const next: LlmForm = { ...form, turns: [...history, { role: 'user', text: prompt }] };
  const request = llmRequest(next);
  // Between two questions the code shows the one that was asked.
  const shown: LlmForm =
    prompt.trim() === '' && asked !== null
      ? { ...form, turns: [...form.turns, { role: 'user', text: asked }] }
      : next;
  const maxTokens = Number(form.maxTokens) || undefined;

  useAddress({
    service: service.slug,
    model,
    dialect: form.dialect,
    system: form.system,
    prompt,
    temperature: form.temperature,
    maxTokens: form.maxTokens,
    tools: form.tools,
    stream: form.stream ? '' : 'off',
  });

  const set = (change: Partial<LlmForm>) => setForm((before) => ({ ...before, ...change }));

  async function ask() {
    if (isRunning || prompt.trim() === '' || (!mayMakeKeys && ownKey === '')) return;
    const { dialect } = form;
    setForm((before) => ({ ...before, turns: history }));
    setAsked(prompt);
    setPrompt('');
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
      response.headers.get('content-type')?.includes('text/event-stream') ?? false;
    const isWhole = await send(request, {
      keyHeader: (key) => keyHeader(dialect, key),
      onChunk: (chunk, response) => {
        const text = decoder.decode(chunk, { stream: true });
        if (isStream(response)) parser.feed(text);
        else whole += text;
      },
      onEnd: (response) => {
        if (response.ok && !isStream(response)) show(readAnswer(dialect, JSON.parse(whole)));
      },
    });
    // What was not answered can be sent again.
    if (!isWhole) setPrompt((typed) => (typed === '' ? next.turns.at(-1)!.text : typed));
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void ask();
    }
    if (event.key === 'Escape' && isRunning) cancel();
  }

  function restart() {
    setForm((before) => ({ ...before, turns: [] }));
    setAsked(null);
    setAnswer(NO_ANSWER);
  }

  return (
    <>
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(0,20rem)]">
        {/* Without scripts this form asks for the page again, with the code for what was typed. */}
        <form
          method="get"
          className="contents"
          onKeyDown={onKeyDown}
          onSubmit={(event) => {
            event.preventDefault();
            void ask();
          }}
        >
          <Card>
            <CardHeader
              title={t('playground.conversation')}
              actions={
                (history.length > 0 || asked !== null) && (
                  <Button variant="ghost" size="sm" onClick={restart} disabled={isRunning}>
                    {t('playground.restart')}
                  </Button>
                )
              }
            />
            <CardBody className="grid gap-4">
              <ol className="grid gap-4 empty:hidden">
                {form.turns.map((turn, i) => (
                  <TurnItem key={i} turn={turn} />
                ))}
                {asked !== null && <TurnItem turn={{ role: 'user', text: asked }} />}
                {asked !== null && (
                  <TurnItem
                    turn={{ role: 'assistant', text: answer.text }}
                    other={answer.other}
                    isWaiting={isRunning && answer.text === '' && answer.other === ''}
                  />
                )}
              </ol>
              {asked === null && form.turns.length === 0 && (
                <p className="text-muted text-sm">{t('playground.answerEmpty')}</p>
              )}
              <RunFacts run={run} tokens={answer} />
              <TextAreaField
                name="prompt"
                label={t('playground.prompt')}
                hint={hydrated ? t('playground.promptHint') : undefined}
                rows={4}
                required
                value={prompt}
                onChange={(event) => setPrompt(event.currentTarget.value)}
              />
              <NeedsScript />
            </CardBody>
            <CardFooter className="justify-between">
              <EstimateText
                plan={plan}
                model={model}
                textBytes={JSON.stringify(llmBody(next)).length}
                maxTokens={maxTokens}
              />
              {isRunning ? (
                <Button variant="secondary" onClick={cancel}>
                  {t('playground.cancel')}
                </Button>
              ) : (
                <Button type="submit">{t(hydrated ? 'playground.send' : 'playground.updateCode')}</Button>
              )}
            </CardFooter>
          </Card>
          <Card>
            <CardBody className="grid gap-4">
              <input type="hidden" name="service" value={service.slug} />
              <SelectField
                name="model"
                label={t('playground.model')}
                value={model}
                onChange={(event) => set({ model: `${service.slug}/${event.currentTarget.value}` })}
                options={service.models.map((id) => ({ value: id, label: id }))}
              />
              <SelectField
                name="dialect"
                label={t('playground.format')}
                value={form.dialect}
                onChange={(event) => {
                  const { value } = event.currentTarget;
                  if (isDialect(value)) set({ dialect: value });
                }}
                options={PLAYGROUND_DIALECTS.map((dialect) => ({
                  value: dialect,
                  label: t(`playground.dialect.${dialect}`),
                }))}
              />
              <TextAreaField
                quiet
                name="system"
                label={t('playground.system')}
                rows={3}
                value={form.system}
                onChange={(event) => set({ system: event.currentTarget.value })}
              />
              <div className="grid grid-cols-2 items-end gap-4">
                <TextField
                  quiet
                  name="temperature"
                  type="number"
                  step="0.1"
                  min={0}
                  max={2}
                  label={t('playground.temperature')}
                  value={form.temperature}
                  onChange={(event) => set({ temperature: event.currentTarget.value })}
                />
                <TextField
                  quiet
                  name="maxTokens"
                  type="number"
                  min={1}
                  label={t('playground.maxTokens')}
                  value={form.maxTokens}
                  onChange={(event) => set({ maxTokens: event.currentTarget.value })}
                />
              </div>
              <CheckboxField
                name="stream"
                label={t('playground.stream')}
                checked={form.stream}
                onChange={(event) => set({ stream: event.currentTarget.checked })}
              />
              <details open={form.tools !== ''}>
                <summary className="text-link inline-flex min-h-11 items-center text-sm font-medium sm:min-h-8">
                  {t('playground.more')}
                </summary>
                <div className="mt-2 grid gap-4">
                  <TextAreaField
                    quiet
                    name="tools"
                    label={t('playground.tools')}
                    hint={t(
                      form.tools !== '' && parseTools(form.tools) === undefined
                        ? 'playground.toolsInvalid'
                        : 'playground.toolsHint',
                    )}
                    rows={4}
                    spellCheck={false}
                    className="font-mono"
                    value={form.tools}
                    onChange={(event) => set({ tools: event.currentTarget.value })}
                  />
                  {mayMakeKeys && <KeyField value={ownKey} onChange={setOwnKey} mayMake />}
                </div>
              </details>
              {!mayMakeKeys && <KeyField value={ownKey} onChange={setOwnKey} mayMake={false} />}
            </CardBody>
          </Card>
        </form>
      </div>
      <Section title={t('playground.code')} description={t('playground.codeText')}>
        <Card>
          <CardBody>
            <CodeTabs key={form.dialect} samples={llmSnippets(shown, origin)} />
          </CardBody>
        </Card>
      </Section>
    </>
  );
}

function TurnItem({
  turn,
  other = '',
  isWaiting = false,
}: {
  turn: Turn;
  other?: string;
  isWaiting?: boolean;
}) {
  const { t } = useTranslation('buyer');
  return (
    <li className="border-line min-w-0 border-s-2 ps-4">
      <p className="text-muted mb-1 text-xs font-medium">
        {t(turn.role === 'user' ? 'playground.you' : 'playground.assistant')}
      </p>
      <p className="text-sm leading-relaxed wrap-anywhere whitespace-pre-wrap" data-turn={turn.role}>
        {isWaiting ? <span className="text-muted">{t('playground.waiting')}</span> : turn.text}
      </p>
      {other && <CodeBlock code={other} language={t('playground.tools')} className="mt-2" />}
    </li>
  );
}
