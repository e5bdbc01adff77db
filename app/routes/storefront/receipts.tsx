import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useActionData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { ReceiptsVerdictView } from '../../components/receipts/receipts-verdict.tsx';
import { Alert } from '../../components/ui/alert.tsx';
import { ButtonLink, SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody } from '../../components/ui/card.tsx';
import { CheckboxField, TextAreaField } from '../../components/ui/field.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { checkReceipts } from '../../domain/receipts/index.ts';
import { readBody } from '../../http/read-body.ts';
import { anonymousContext } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import { isAppError } from '../../lib/app-error.ts';

export const handle = { i18n: ['receipts'] };

const MAX_BYTES = 2 * 1024 * 1024;

export async function loader(args: LoaderFunctionArgs) {
  const t = await getTranslation(args, 'receipts');
  return { title: t('title') };
}

/** The form, bounded while it comes. */
async function readForm(request: Request): Promise<FormData> {
  const body = await readBody(request, MAX_BYTES);
  return new Response(Buffer.from(body), {
    headers: { 'content-type': request.headers.get('content-type') ?? '' },
  }).formData();
}

export async function action(args: ActionFunctionArgs) {
  return pageLoader(args, async () => {
    try {
      const form = await readForm(args.request);
      const file = form.get('file');
      const typed = form.get('text');
      const text =
        file instanceof File && file.size > 0 ? await file.text() : typeof typed === 'string' ? typed : '';
      if (text.trim() === '') return { failure: 'empty' as const };
      const partial = form.get('partial') === 'on';
      return { verdict: await checkReceipts(anonymousContext(args), { text, partial }), partial };
    } catch (error) {
      if (isAppError(error) && error.code === 'payload_too_large') return { failure: 'tooLarge' as const };
      throw error;
    }
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function Receipts() {
  const { t } = useTranslation('receipts');
  const result = useActionData<typeof action>();
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} />
      <div className="mt-6 grid max-w-4xl gap-6">
        {result && 'failure' in result && result.failure && (
          <Alert tone="warning">{result.failure === 'empty' ? t('empty') : t('tooLarge')}</Alert>
        )}
        {result && 'verdict' in result && result.verdict && (
          <ReceiptsVerdictView verdict={result.verdict} isPartial={result.partial} />
        )}
        <Card>
          <CardBody>
            <Form method="post" encType="multipart/form-data" className="grid gap-4">
              <TextAreaField
                name="text"
                label={t('field.text')}
                hint={t('field.textHint')}
                rows={8}
                spellCheck={false}
                quiet
              />
              <label className="grid gap-1.5 text-sm font-medium">
                {t('field.file')}
                <input
                  type="file"
                  name="file"
                  accept=".json,.jsonl,.txt"
                  className="file:border-line file:bg-surface file:text-ink min-h-11 w-full min-w-0 text-base font-normal file:me-3 file:min-h-11 file:cursor-pointer file:rounded-full file:border file:px-4 file:font-medium"
                />
              </label>
              <CheckboxField name="partial" label={t('field.partial')} />
              <div>
                <SubmitButton>{t('check')}</SubmitButton>
              </div>
            </Form>
          </CardBody>
        </Card>
        <p className="text-muted text-sm">{t('offline')}</p>
        <div>
          <ButtonLink
            to="/.well-known/tollgate-receipt-keys.json"
            reloadDocument
            variant="secondary"
            size="sm"
          >
            {t('keys')}
          </ButtonLink>
        </div>
      </div>
    </>
  );
}
