/** What people read comes from the translations: no words in JSX, nor in attributes that are read out. */
import type { Rule } from 'eslint';
import type { Node } from 'estree';

const READ_ALOUD = new Set([
  'alt',
  'aria-description',
  'aria-label',
  'aria-roledescription',
  'caption',
  'confirmLabel',
  'description',
  'header',
  'hint',
  'label',
  'legend',
  'pendingLabel',
  'placeholder',
  'title',
  'triggerLabel',
]);
/** The product's name is the same in every language. */
const UNTRANSLATED = new Set(['Tollgate']);
/** Code is code in every language. */
const CODE_ELEMENTS = new Set(['code', 'kbd', 'pre', 'samp', 'style', 'script']);

interface JsxNode {
  type: string;
  parent?: JsxNode;
  openingElement?: { name: { name?: string } };
}

function isInsideCode(node: JsxNode): boolean {
  for (let at = node.parent; at; at = at.parent) {
    if (at.type === 'JSXElement' && CODE_ELEMENTS.has(at.openingElement?.name.name ?? '')) return true;
  }
  return false;
}

/** True for text with a word in it; punctuation, digits and single letters are signs. */
export function hasWords(text: string): boolean {
  const trimmed = text.trim();
  return !UNTRANSLATED.has(trimmed) && /\p{L}{2}|\p{Script=Han}/u.test(trimmed.replace(/&[a-z]+;/gi, ''));
}

export const noLiteralText: Rule.RuleModule = {
  meta: {
    type: 'problem',
    messages: { literal: 'Text for people belongs in public/locales: {{text}}' },
    schema: [],
  },
  create(context) {
    const report = (node: unknown, text: string): void => {
      const shown = JSON.stringify(text.trim().slice(0, 40));
      context.report({ node: node as Node, messageId: 'literal', data: { text: shown } });
    };
    const listener: Record<string, (node: never) => void> = {
      JSXText(node: JsxNode & { value: string }) {
        if (hasWords(node.value) && !isInsideCode(node)) report(node, node.value);
      },
      JSXExpressionContainer(node: JsxNode & { expression: { type: string; value?: unknown } }) {
        const { expression, parent } = node;
        if (parent?.type === 'JSXAttribute' || expression.type !== 'Literal') return;
        const { value } = expression;
        if (typeof value === 'string' && hasWords(value) && !isInsideCode(node)) report(node, value);
      },
      JSXAttribute(
        node: JsxNode & { name: { name: unknown }; value: { type: string; value?: unknown } | null },
      ) {
        const { name, value } = node;
        if (typeof name.name !== 'string' || !READ_ALOUD.has(name.name) || value?.type !== 'Literal') return;
        if (typeof value.value === 'string' && hasWords(value.value)) report(node, value.value);
      },
    };
    return listener as Rule.RuleListener;
  },
};
