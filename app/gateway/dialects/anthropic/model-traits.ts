/** What Claude models refuse, which Anthropic tells by the model's name alone. Other names refuse nothing. */

/** `claude-opus-4-7`, `claude-3-7-sonnet-20250219`, `anthropic/claude-opus-4.6`: eight digits are a date. */
const NAME = /claude-(?:([a-z]+)-)?(\d+)(?:[-.](\d{1,2}))?(?!\d)/;

export interface ModelTraits {
  /** Thinking is bounded by a budget; later models are told an effort, and refuse budgets. */
  takesBudget: boolean;
  /** Any `temperature`, `top_p` or `top_k` but the default. */
  takesSampling: boolean;
  /** How not to think in front of an answer; null: it always may. */
  withoutThinking: 'disabled' | 'between_tools' | null;
  /** A tool may be forced. */
  takesForcedTool: boolean;
}

export function traitsOf(model: string): ModelTraits {
  const [, family = '', major, minor = '0'] = NAME.exec(model) ?? [];
  // A server that only speaks like Anthropic, or a name that says no version.
  const isKnown = major !== undefined;
  const version = isKnown ? Number(major) * 100 + Number(minor) : 0;
  const isNewest = version >= 505 || (ALWAYS_THINKS.has(family) && version >= 501);
  const always = ALWAYS_THINKS.has(family) || (family === 'opus' && version >= 505);
  return {
    takesBudget: isKnown && version < 406,
    takesSampling: version < 407,
    withoutThinking: always ? null : family === 'sonnet' && version >= 505 ? 'between_tools' : 'disabled',
    takesForcedTool: !isNewest || family === 'haiku',
  };
}

const ALWAYS_THINKS: ReadonlySet<string> = new Set(['fable', 'mythos']);
