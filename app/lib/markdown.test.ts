import { describe, expect, it } from 'vitest';
import { renderMarkdown } from './markdown.ts';

describe('renderMarkdown', () => {
  it.each([
    ['a script', '<script>alert(1)</script>'],
    ['an event handler', '<a href="#" onclick="alert(1)">x</a>'],
    ['a frame', '<iframe src="https://evil.example"></iframe>'],
    ['a style', '<style>body{display:none}</style><p style="position:fixed">x</p>'],
    ['a form', '<form action="https://evil.example"><input name="password"></form>'],
    ['an inline picture that runs code', '<img src=x onerror=alert(1)>'],
  ])('lets no %s through', (_what, text) => {
    expect(renderMarkdown(text)).not.toMatch(/<(script|iframe|style|form|img|input)|onclick|onerror|style=/i);
  });

  it.each(['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html,<b>x</b>', 'vbscript:x'])(
    'drops the target of a link to %s',
    (target) => {
      expect(renderMarkdown(`[click](${target})`)).not.toContain('href');
    },
  );

  it('loads no picture from elsewhere and keeps its description', () => {
    const html = renderMarkdown('![A chart](https://tracker.example/p.png)');
    expect(html).toContain('A chart');
    expect(html).not.toContain('tracker.example');
  });

  it('marks links as not ours', () => {
    expect(renderMarkdown('[docs](https://docs.example/a)')).toBe(
      '<p><a href="https://docs.example/a" rel="nofollow ugc noopener">docs</a></p>',
    );
  });

  it('starts headings below those of the page and keeps their order', () => {
    expect(renderMarkdown('# One\n\n## Two\n\n# Three')).toBe('<h3>One</h3>\n<h4>Two</h4>\n<h3>Three</h3>');
    expect(renderMarkdown('## Only')).toBe('<h3>Only</h3>');
  });

  it('renders tables, lists and code', () => {
    const html = renderMarkdown('| a | b |\n|---|---|\n| 1 | 2 |\n\n- x\n\n```json\n{"a": 1}\n```');
    expect(html).toContain('<table tabindex="0">');
    expect(html).toContain('<li>x</li>');
    expect(html).toContain('<code class="language-json">{"a": 1}');
  });
});
