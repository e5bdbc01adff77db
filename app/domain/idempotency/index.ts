export { claimAnswer, type Claim } from './claim-answer.ts';
export { completeAnswer, releaseClaim } from './complete-answer.ts';
export { deleteExpiredAnswers } from './delete-expired-answers.ts';
export type { StoredAnswer } from './stored-answer.ts';
