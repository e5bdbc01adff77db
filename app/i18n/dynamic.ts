/** For keys that are only known at run time, such as an error's code. Everything else uses typed keys. */
export type DynamicText = (key: string, values?: Record<string, string | number>) => string;

/** `t` without its type's list of keys. `defaultValue` stands in for a key that does not exist. */
export function dynamicText(t: unknown): DynamicText {
  return t as DynamicText;
}
