/** The part of `linebreak` (Unicode line breaking, UAX #14) that documents use; the package has no types. */
declare module 'linebreak' {
  class LineBreaker {
    constructor(text: string);
    /** The next place where a line may (or, with `required`, must) end; null after the last. */
    nextBreak(): { position: number; required: boolean } | null;
  }
  export { LineBreaker as default };
}
