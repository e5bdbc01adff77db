import { readFile } from 'node:fs/promises';
import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { Markdown } from '../../components/ui/markdown.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { getTranslation } from '../../i18n/server.ts';
import { renderMarkdown } from '../../lib/markdown.ts';

export const handle = { i18n: ['storefront'] };

/** `docs/errors.md`: every error answer links to its section here. */
export async function loader(args: LoaderFunctionArgs) {
  const t = await getTranslation(args, 'storefront');
  const [introduction = '', ...sections] = (await readFile('docs/errors.md', 'utf8')).split(/^## /m);
  return {
    title: t('errorReference.title'),
    introduction: renderMarkdown(introduction.replace(/^# .*\n/, '')),
    sections: sections.map((section) => {
      const [code = '', ...text] = section.split('\n');
      return { code: code.trim(), html: renderMarkdown(text.join('\n')) };
    }),
  };
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function ErrorReference() {
  const { t } = useTranslation('storefront');
  const { introduction, sections } = useLoaderData<typeof loader>();
  return (
    <>
      <PageHeader title={t('errorReference.title')} description={t('errorReference.description')} />
      <div lang="en" className="mt-6 flex max-w-3xl flex-col gap-8">
        <Markdown html={introduction} />
        {sections.map(({ code, html }) => (
          <section key={code} id={code} aria-labelledby={`${code}-heading`} className="scroll-mt-24">
            <h2 id={`${code}-heading`} className="mb-2 font-mono text-lg font-semibold">
              <a href={`#${code}`}>{code}</a>
            </h2>
            <Markdown html={html} />
          </section>
        ))}
      </div>
    </>
  );
}
