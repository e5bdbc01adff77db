/**
 * Formatters of the language and time zone of whoever reads. Making one takes longer than rendering the cell of a table
 * that it is for, so they are kept: the one state that modules have, and nobody can tell (docs/decisions/0004).
 */

/** Four languages, a few shapes, and the time zones of those who are here at the same time. */
const MAX_KEPT = 500;

class Formatters<Options extends object, Format> {
  readonly #kept = new Map<string, Format>();
  readonly #make: (locale: string, options: Options | undefined) => Format;

  constructor(make: (locale: string, options: Options | undefined) => Format) {
    this.#make = make;
  }

  get(locale: string, options: Options | undefined): Format {
    const key = `${locale} ${JSON.stringify(options)}`;
    const format = this.#kept.get(key) ?? this.#make(locale, options);
    // The one used longest ago goes first.
    if (!this.#kept.delete(key) && this.#kept.size >= MAX_KEPT)
      this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(key, format);
    return format;
  }
}

const numbers = new Formatters(
  (locale, options: Intl.NumberFormatOptions | undefined) => new Intl.NumberFormat(locale, options),
);
const dates = new Formatters(
  (locale, options: Intl.DateTimeFormatOptions | undefined) => new Intl.DateTimeFormat(locale, options),
);

/** @throws RangeError for what `Intl.NumberFormat` does not take. */
export function numberFormat(locale: string, options?: Intl.NumberFormatOptions): Intl.NumberFormat {
  return numbers.get(locale, options);
}

/** @throws RangeError for what `Intl.DateTimeFormat` does not take, such as a time zone that does not exist. */
export function dateTimeFormat(locale: string, options?: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return dates.get(locale, options);
}
