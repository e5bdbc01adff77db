import { describe, expect, it } from 'vitest';
import { generateKeySecret } from '../lib/key-format.ts';
import { authenticate } from './authenticate.ts';
import type { Call } from './call.ts';
import { EnvironmentKeys } from './environment-keys.ts';
import { KeyEntries } from './key-entries.ts';

/** A call whose snapshot must not be asked. */
function callWith(presentedKey: string | null, onLookUp: () => never): Call {
  const principals = { peek: onLookUp, load: onLookUp };
  return {
    presentedKey,
    parts: {
      snapshot: { principals },
      keyEntries: new KeyEntries('pepper'),
      environmentKeys: new EnvironmentKeys(['letmein'], 'pepper'),
    },
  } as unknown as Call;
}

const lookUp = (): never => {
  throw new Error('looked up');
};

describe('junk keys', () => {
  it('are refused by their checksum, before any look-up', () => {
    const real = generateKeySecret();
    const junk = [
      null,
      'x',
      'tg_live_',
      `tg_live_${'0'.repeat(36)}`,
      `${real}0`,
      real.slice(1),
      real.toLowerCase(),
    ];
    for (const key of junk) {
      expect(() => authenticate(callWith(key, lookUp))).toThrowError(
        expect.objectContaining({ code: 'invalid_api_key' }),
      );
    }
  });

  it('are told from keys that have to be looked up', () => {
    expect(() => authenticate(callWith(generateKeySecret(), lookUp))).toThrowError('looked up');
  });

  it('are told from keys of the environment, which may look like anything', () => {
    expect(() => authenticate(callWith('letmein', lookUp))).toThrowError('looked up');
    expect(() => authenticate(callWith('letmein ', lookUp))).toThrowError(
      expect.objectContaining({ code: 'invalid_api_key' }),
    );
  });
});
