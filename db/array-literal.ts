/**
 * Columns of a batch as array literals of PostgreSQL. The driver would look at and quote every element; batches have
 * thousands of them, and most are numbers or ids, or not there at all.
 * https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */

const NEEDS_QUOTES = /[^\w.-]/;
const TO_ESCAPE = /["\\]/g;

/**
 * @param of one element; null stays null. Must be nothing but a number, or letters, digits, `_`, `-` and `.`; or a `textElement`.
 * @returns null when every element is: `unnest` of several arrays fills the shorter ones with nulls.
 */
export function bareArray<T>(items: readonly T[], of: (item: T) => number | string | null): string | null {
  let isEmpty = true;
  const elements = items.map((item) => {
    const element = of(item);
    if (element === null) return 'null';
    isEmpty = false;
    return element;
  });
  return isEmpty ? null : `{${elements.join(',')}}`;
}

/** `bareArray` of any text. */
export function textArray<T>(items: readonly T[], of: (item: T) => string | null): string | null {
  return bareArray(items, (item) => {
    const text = of(item);
    return text === null ? null : textElement(text);
  });
}

/** An element of any text. */
export function textElement(text: string): string {
  return needsQuotes(text) ? `"${text.replace(TO_ESCAPE, '\\$&')}"` : text;
}

function needsQuotes(text: string): boolean {
  return text === '' || NEEDS_QUOTES.test(text) || (text.length === 4 && text.toLowerCase() === 'null');
}
