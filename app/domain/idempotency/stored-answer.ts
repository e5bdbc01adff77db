/** An answer as it was given the first time. */
export interface StoredAnswer {
  /** Of the call that was really made. */
  requestId: string;
  status: number;
  /** Name, value, … */
  headers: string[];
  body: Buffer;
}
