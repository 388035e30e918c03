import { type CallExpression, parse } from 'acorn';
import { simple } from 'acorn-walk';

/** One `text.substr(start, length)` in a source file. */
export interface SubstrCall {
  /** Offsets of `substr(…)`, after the dot. */
  readonly from: number;
  readonly to: number;
  readonly start: string;
  readonly length: string | undefined;
  /** False when the start is, or may be, negative: counted from the end. */
  readonly startsAtFront: boolean;
}

export function substrCalls(source: string): readonly SubstrCall[] {
  const calls: SubstrCall[] = [];
  const tree = parse(source, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true });
  simple(tree, {
    CallExpression(call: CallExpression) {
      const { arguments: given, callee, end } = call;
      const [start, length] = given;
      if (callee.type !== 'MemberExpression' || callee.computed || start === undefined) return;
      if (callee.property.type !== 'Identifier' || callee.property.name !== 'substr') return;
      calls.push({
        from: callee.property.start,
        to: end,
        start: source.slice(start.start, start.end),
        length: length === undefined ? undefined : source.slice(length.start, length.end),
        startsAtFront: !(start.type === 'UnaryExpression' && start.operator === '-'),
      });
    },
  });
  return calls;
}
