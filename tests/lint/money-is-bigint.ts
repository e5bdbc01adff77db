/** Money never passes through a float: no `Number(priceNanos)`, `+priceNanos`, `parseFloat(…)`. */
import type { Rule } from 'eslint';
import type { Node } from 'estree';

const CONVERSIONS = new Set(['Number', 'parseFloat', 'parseInt']);

/** The name a value goes by: `a.priceNanos` → `priceNanos`. */
function nameOf(node: Node): string {
  switch (node.type) {
    case 'Identifier':
      return node.name;
    case 'MemberExpression':
      return node.property.type === 'Identifier' ? node.property.name : '';
    case 'BinaryExpression':
      return [node.left, node.right].map(nameOf).find(isMoney) ?? '';
    case 'ChainExpression':
      return nameOf(node.expression);
    case 'CallExpression':
      return node.arguments.map(nameOf).find(isMoney) ?? '';
    default: {
      const { expression } = node as { expression?: unknown };
      return expression && typeof expression === 'object' ? nameOf(expression as Node) : '';
    }
  }
}

const isMoney = (name: string): boolean => /(^n|N)anos$/.test(name);

export const moneyIsBigint: Rule.RuleModule = {
  meta: {
    type: 'problem',
    messages: { float: '"{{name}}" is money: keep it a bigint (app/lib/money.ts) instead of a float' },
    schema: [],
  },
  create(context) {
    const report = (node: Node, operand: Node): void => {
      const name = nameOf(operand);
      if (isMoney(name)) context.report({ node, messageId: 'float', data: { name } });
    };
    return {
      CallExpression(node) {
        const [operand] = node.arguments;
        if (operand && node.callee.type === 'Identifier' && CONVERSIONS.has(node.callee.name))
          report(node, operand);
      },
      UnaryExpression(node) {
        if (node.operator === '+') report(node, node.argument);
      },
    };
  },
};
