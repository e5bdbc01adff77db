import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CredentialSecret } from './credential-secret.ts';

const masked = (secret: CredentialSecret, text: string): string => {
  const mask = secret.openMask()!;
  return Buffer.concat([mask.push(Buffer.from(text)), mask.finish()]).toString();
};

describe('a seller’s credential', () => {
  it('is masked with and without the user name in front of it', () => {
    const basic = new CredentialSecret('basic', null, 'operator:correct horse');
    expect(masked(basic, `Basic ${Buffer.from('operator:correct horse').toString('base64')}`)).toMatch(
      /^Basic \*+$/,
    );
    expect(masked(basic, 'operator, password correct horse')).toBe('operator, password *************');
    expect(basic.isIn('wrong password: correct+horse')).toBe(true);
    expect(basic.isIn('operator')).toBe(false);
  });

  it('masks nothing where nothing is sent', () => {
    const none = new CredentialSecret('none', null, '');
    expect(none.openMask()).toBeNull();
    expect(none.isIn('anything')).toBe(false);
  });

  it('shows itself nowhere', () => {
    const bearer = new CredentialSecret('bearer', null, 'sk-live-hunter22');
    for (const text of [inspect({ bearer }, { showHidden: true }), JSON.stringify({ bearer }), `${bearer}`]) {
      expect(text).toContain('[redacted]');
      expect(text).not.toContain('hunter22');
    }
  });
});
