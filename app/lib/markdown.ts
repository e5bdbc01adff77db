/**
 * Markdown of sellers to HTML that is safe to show. What they write is hostile until sanitised: no
 * raw HTML, no scripts, no pictures from elsewhere (they would tell who looks), no styles.
 */
import rehypeSanitize, { defaultSchema, type Options as SanitizeSchema } from 'rehype-sanitize';
import rehypeStringify from 'rehype-stringify';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRehype from 'remark-rehype';
import { unified } from 'unified';

/** The few properties of a hast node that the steps below need. */
interface Node {
  type: string;
  tagName?: string;
  value?: string;
  properties?: Record<string, unknown>;
  children?: Node[];
}

/** Headings of a text start here: above them stand the page's h1 and the section's h2. */
const TOP_HEADING = 3;

const SCHEMA: SanitizeSchema = {
  ...defaultSchema,
  tagNames: defaultSchema.tagNames?.filter(
    (tag) => !['img', 'picture', 'source', 'details', 'summary'].includes(tag),
  ),
  protocols: { href: ['http', 'https', 'mailto'] },
};

function visit(node: Node, work: (node: Node) => void): void {
  work(node);
  node.children?.forEach((child) => visit(child, work));
}

function headingDepth(node: Node): number | null {
  const match = node.type === 'element' ? /^h([1-6])$/.exec(node.tagName ?? '') : null;
  return match ? Number(match[1]) : null;
}

/** Moves the text's highest heading to TOP_HEADING and the others along with it. */
function alignHeadings(tree: Node): void {
  let top = 7;
  visit(tree, (node) => {
    top = Math.min(top, headingDepth(node) ?? 7);
  });
  visit(tree, (node) => {
    const depth = headingDepth(node);
    if (depth !== null) node.tagName = `h${Math.min(6, depth - top + TOP_HEADING)}`;
  });
}

/** Pictures become their description. */
function describeImages(tree: Node): void {
  visit(tree, (node) => {
    if (node.tagName !== 'img') return;
    node.type = 'text';
    node.value = String(node.properties?.['alt'] ?? '');
    delete node.tagName;
  });
}

/** Links of sellers are theirs: not for search engines to follow, no handle on our window. */
function markLinks(tree: Node): void {
  visit(tree, (node) => {
    if (node.tagName !== 'a' || !node.properties?.['href']) return;
    node.properties['rel'] = ['nofollow', 'ugc', 'noopener'];
  });
}

/** Boxes that scroll can be reached with the keyboard (WCAG 2.1.1). */
function focusScrollers(tree: Node): void {
  visit(tree, (node) => {
    if (node.tagName === 'pre' || node.tagName === 'table')
      node.properties = { ...node.properties, tabIndex: 0 };
  });
}

const step = (work: (tree: Node) => void) => () => (tree: unknown) => work(tree as Node);

const processor = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(remarkRehype)
  .use(step(describeImages))
  .use(rehypeSanitize, SCHEMA)
  .use(step(alignHeadings))
  .use(step(markLinks))
  .use(step(focusScrollers))
  .use(rehypeStringify)
  .freeze();

/** Sanitised HTML of a Markdown text (GitHub flavour), its headings starting at h3. */
export function renderMarkdown(text: string): string {
  return String(processor.processSync(text));
}
