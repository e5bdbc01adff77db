/** Whether the books agree: checked at night, on demand, and told. What others may use. */
export { getLastVerdict, type StoredVerdict } from './get-last-verdict.ts';
export { recordVerdict, type DifferenceFacts, type RecordVerdictInput } from './record-verdict.ts';
export { verifyStripe } from './verify-stripe.ts';
