import { useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { HTTP_METHODS, httpRequest, shareableHeaders, type HttpForm } from '../../lib/playground-request.ts';
import { httpSnippets } from '../../lib/playground-snippets.ts';
import { Button } from '../ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../ui/card.tsx';
import { CodeTabs } from '../ui/code-block.tsx';
import { SelectField, TextAreaField, TextField } from '../ui/field.tsx';
import { Section } from '../ui/page.tsx';
import { useHydrated } from '../ui/use-hydrated.ts';
import { utf8Length, type PlaygroundPlan } from './estimate.ts';
import { EstimateText } from './estimate-text.tsx';
import { KeyField } from './key-field.tsx';
import { NeedsScript } from './needs-script.tsx';
import { ResponseBody } from './response-body.tsx';
import { RunFacts } from './run-facts.tsx';
import { useAddress } from './use-address.ts';
import { useMadeKey } from './use-made-key.ts';
import { useRun } from './use-run.ts';

export interface HttpPlaygroundProps {
  slug: string;
  subscriptionId: string;
  plan: PlaygroundPlan;
  /** Where programs reach the proxy. */
  origin: string;
  /** What the address says. */
  initial: Record<string, string>;
  mayMakeKeys: boolean;
}

/** Answers beyond this are followed and not shown to their end. */
const MAX_SHOWN_BYTES = 1_000_000;

export interface Received {
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
  isCut: boolean;
}

const NOTHING: Received = { type: '', bytes: new Uint8Array(), isCut: false };

function append({ bytes, isCut }: Received, chunk: Uint8Array, type: string): Received {
  if (isCut || bytes.length + chunk.length > MAX_SHOWN_BYTES) return { type, bytes, isCut: true };
  const all = new Uint8Array(bytes.length + chunk.length);
  all.set(bytes);
  all.set(chunk, bytes.length);
  return { type, bytes: all, isCut };
}

/** One request to a REST service: the form, what came back, and the same in code. */
export function HttpPlayground(props: HttpPlaygroundProps) {
  const { slug, subscriptionId, plan, origin, initial, mayMakeKeys } = props;
  const { t } = useTranslation('buyer');
  const hydrated = useHydrated();
  const [form, setForm] = useState<HttpForm>(() => ({
    slug,
    method: HTTP_METHODS.find((method) => method === initial['method']) ?? 'GET',
    path: initial['path'] ?? '/',
    headers: initial['headers'] ?? '',
    body: initial['body'] ?? '',
  }));
  const [ownKey, setOwnKey] = useState('');
  const [received, setReceived] = useState(NOTHING);
  const { run, send, cancel } = useRun({ keys: useMadeKey(subscriptionId), ownKey });
  const isRunning = run.state === 'running';
  const takesBody = form.method !== 'GET' && form.method !== 'HEAD';
  const { slug: service, ...address } = form;
  useAddress({ service, ...address, headers: shareableHeaders(form.headers) });

  const set = (change: Partial<HttpForm>) => setForm((before) => ({ ...before, ...change }));

  async function call() {
    if (isRunning || (!mayMakeKeys && ownKey === '')) return;
    setReceived(NOTHING);
    await send(httpRequest(form), {
      keyHeader: (key) => ['authorization', `Bearer ${key}`],
      onChunk: (chunk, response) =>
        setReceived((before) => append(before, chunk, response.headers.get('content-type') ?? '')),
    });
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void call();
    }
    if (event.key === 'Escape' && isRunning) cancel();
  }

  return (
    <>
      <form
        method="get"
        onKeyDown={onKeyDown}
        onSubmit={(event) => {
          event.preventDefault();
          void call();
        }}
      >
        <Card>
          <CardBody className="grid gap-4">
            <input type="hidden" name="service" value={slug} />
            <div className="grid gap-4 sm:grid-cols-[8rem_minmax(0,1fr)]">
              <SelectField
                name="method"
                label={t('playground.method')}
                value={form.method}
                onChange={(event) => {
                  const { value } = event.currentTarget;
                  set({ method: HTTP_METHODS.find((method) => method === value) ?? 'GET' });
                }}
                options={HTTP_METHODS.map((method) => ({ value: method, label: method }))}
              />
              <TextField
                name="path"
                label={t('playground.path')}
                required
                spellCheck={false}
                autoComplete="off"
                value={form.path}
                onChange={(event) => set({ path: event.currentTarget.value })}
              />
            </div>
            <div className="grid gap-4 md:grid-cols-2">
              <TextAreaField
                quiet
                name="headers"
                label={t('playground.headers')}
                hint={t('playground.headersHint')}
                rows={4}
                spellCheck={false}
                className="[&_textarea]:font-mono [&_textarea]:text-sm"
                value={form.headers}
                onChange={(event) => set({ headers: event.currentTarget.value })}
              />
              <TextAreaField
                quiet
                name="body"
                label={t('playground.body')}
                rows={4}
                spellCheck={false}
                className="[&_textarea]:font-mono [&_textarea]:text-sm"
                // Without scripts nothing follows the method.
                disabled={hydrated && !takesBody}
                value={form.body}
                onChange={(event) => set({ body: event.currentTarget.value })}
              />
            </div>
            <KeyField value={ownKey} onChange={setOwnKey} mayMake={mayMakeKeys} />
            <NeedsScript />
          </CardBody>
          <CardFooter className="justify-between">
            <EstimateText
              plan={plan}
              requests={[
                { model: '*', textBytes: utf8Length(takesBody ? form.body : ''), maxTokens: undefined },
              ]}
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
      </form>
      <Card>
        <CardHeader title={t('playground.answer')} />
        <CardBody className="grid gap-4">
          {run.state === 'idle' && <p className="text-muted text-sm">{t('playground.answerEmpty')}</p>}
          <RunFacts run={run} />
          {run.headers.length > 0 && (
            <details>
              <summary className="text-link inline-flex min-h-11 items-center text-sm font-medium sm:min-h-8">
                {t('playground.responseHeaders', { count: run.headers.length })}
              </summary>
              <dl className="mt-2 grid gap-x-4 gap-y-1 font-mono text-xs sm:grid-cols-[auto_1fr]">
                {run.headers.map(([name, value]) => (
                  <div key={name} className="contents">
                    <dt className="text-muted">{name}</dt>
                    <dd className="min-w-0 wrap-anywhere">{value}</dd>
                  </div>
                ))}
              </dl>
            </details>
          )}
          <ResponseBody received={received} isRunning={isRunning} />
        </CardBody>
      </Card>
      <Section title={t('playground.code')} description={t('playground.codeText')}>
        <Card>
          <CardBody>
            <CodeTabs samples={httpSnippets(form, origin)} />
          </CardBody>
        </Card>
      </Section>
    </>
  );
}
