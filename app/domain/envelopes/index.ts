/** What is sealed at rest, as far as it is the same for all: which key it is sealed with. */
export { ENVELOPE_PLACES } from './places.ts';
export { resealEnvelopes, type ResealedEnvelopes } from './reseal-envelopes.ts';
