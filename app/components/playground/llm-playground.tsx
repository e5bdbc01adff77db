import { useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import {
  llmBody,
  parseTools,
  PLAYGROUND_DIALECTS,
  type LlmForm,
  type PlaygroundDialect,
  type Turn,
} from '../../lib/playground-request.ts';
import { llmSnippets } from '../../lib/playground-snippets.ts';
import { Button } from '../ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../ui/card.tsx';
import { cn } from '../ui/cn.ts';
import { CodeTabs } from '../ui/code-block.tsx';
import { CheckboxField, SelectField, TextAreaField, TextField } from '../ui/field.tsx';
import { Section } from '../ui/page.tsx';
import { useHydrated } from '../ui/use-hydrated.ts';
import { utf8Length, type PlaygroundPlan } from './estimate.ts';
import { EstimateText } from './estimate-text.tsx';
import { KeyField } from './key-field.tsx';
import { NeedsScript } from './needs-script.tsx';
import { AnswerItem, TurnItem } from './turn-item.tsx';
import { useAddress } from './use-address.ts';
import { useAnswer } from './use-answer.ts';
import { useMadeKey } from './use-made-key.ts';

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

const isDialect = (text: string | undefined): text is PlaygroundDialect =>
  PLAYGROUND_DIALECTS.some((dialect) => dialect === text);

/** A chat with one model of a service, or two side by side: the form, the answers as they stream in, and the same in code. */
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
    stop: initial['stop'] ?? '',
    tools: initial['tools'] ?? '',
    stream: initial['stream'] !== 'off',
  }));
  const [prompt, setPrompt] = useState(initial['prompt'] ?? t('playground.firstPrompt'));
  /** The model that answers beside the first; '' for none. */
  const [rival, setRival] = useState(service.models.find((model) => model === initial['compare']) ?? '');
  const [ownKey, setOwnKey] = useState('');
  /** The question being answered; it joins the turns once its answer is whole. */
  const [asked, setAsked] = useState<string | null>(null);
  /** Who was asked: the model, and the one beside it. */
  const [askedModel, setAskedModel] = useState('');
  const [askedRival, setAskedRival] = useState('');
  const keys = useMadeKey(subscriptionId);
  const first = useAnswer({ keys, ownKey });
  const second = useAnswer({ keys, ownKey });
  const isRunning = first.run.state === 'running' || second.run.state === 'running';
  const model = form.model.slice(service.slug.length + 1);

  const isOver = asked !== null && first.run.state === 'done';
  const history: Turn[] = isOver
    ? [...form.turns, { role: 'user', text: asked }, { role: 'assistant', text: first.answer.text }]
    : [...form.turns];
  const next: LlmForm = { ...form, turns: [...history, { role: 'user', text: prompt }] };
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
    compare: rival,
    stop: form.stop,
    tools: form.tools,
    stream: form.stream ? '' : 'off',
  });

  const set = (change: Partial<LlmForm>) => setForm((before) => ({ ...before, ...change }));

  function cancel() {
    first.cancel();
    second.cancel();
  }

  async function ask() {
    if (isRunning || prompt.trim() === '' || (!mayMakeKeys && ownKey === '')) return;
    setForm((before) => ({ ...before, turns: history }));
    setAsked(prompt);
    setAskedModel(model);
    setAskedRival(rival);
    setPrompt('');
    const beside = rival ? second.ask({ ...next, model: `${service.slug}/${rival}` }) : null;
    const isWhole = await first.ask(next);
    await beside;
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
    first.clear();
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
          <Card className="overflow-clip">
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
                {asked !== null && !askedRival && (
                  <AnswerItem model={null} answer={first.answer} run={first.run} />
                )}
              </ol>
              {asked !== null && askedRival && (
                <ul className="grid items-start gap-6 sm:grid-cols-2">
                  <AnswerItem model={askedModel} answer={first.answer} run={first.run} />
                  <AnswerItem model={askedRival} answer={second.answer} run={second.run} />
                </ul>
              )}
              {asked === null && form.turns.length === 0 && (
                <p className="text-muted text-sm">{t('playground.answerEmpty')}</p>
              )}
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
            {/* An answer that grows must not push the button that stops it away. */}
            <CardFooter className={cn('justify-between', isRunning && 'sticky bottom-14 z-10 md:bottom-0')}>
              <EstimateText
                plan={plan}
                requests={[model, ...(rival ? [rival] : [])].map((one) => ({
                  model: one,
                  textBytes: utf8Length(JSON.stringify(llmBody(next))),
                  maxTokens,
                }))}
              />
              {isRunning ? (
                <Button
                  variant="secondary"
                  onClick={(event) => {
                    // It becomes the button that sends before the browser is done with this click.
                    event.preventDefault();
                    cancel();
                  }}
                >
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
              <details open={form.tools !== '' || form.stop !== '' || rival !== ''}>
                <summary className="text-link inline-flex min-h-11 items-center text-sm font-medium sm:min-h-8">
                  {t('playground.more')}
                </summary>
                <div className="mt-2 grid gap-4">
                  {service.models.length > 1 && (
                    <SelectField
                      name="compare"
                      label={t('playground.compare')}
                      hint={t('playground.compareHint')}
                      value={rival}
                      onChange={(event) => setRival(event.currentTarget.value)}
                      options={[
                        { value: '', label: t('playground.compareNone') },
                        ...service.models.map((id) => ({ value: id, label: id })),
                      ]}
                    />
                  )}
                  <TextAreaField
                    quiet
                    name="stop"
                    label={t('playground.stop')}
                    hint={t('playground.stopHint')}
                    rows={2}
                    spellCheck={false}
                    className="[&_textarea]:font-mono [&_textarea]:text-sm"
                    value={form.stop}
                    onChange={(event) => set({ stop: event.currentTarget.value })}
                  />
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
                    className="[&_textarea]:font-mono [&_textarea]:text-sm"
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
