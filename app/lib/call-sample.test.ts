import { execFileSync } from 'node:child_process';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { curlSample, libraryEnvironments, proxyUrl } from './call-sample.ts';

const ORIGIN = 'https://tollgate.example';

/** What a shell hands to curl. */
function argumentsOf(command: string): string[] {
  const script = `curl() { for word in "$@"; do printf '%s\\0' "$word"; done; }\n${command}`;
  return execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

describe('the sample call', () => {
  it('calls an HTTP service through the proxy, with the key', () => {
    const words = argumentsOf(curlSample(ORIGIN, { slug: 'toolbox', kind: 'http' }, 'tg_live_x'));
    expect(words).toEqual([
      'https://tollgate.example/proxy/v1/toolbox/',
      '-H',
      'Authorization: Bearer tg_live_x',
    ]);
  });

  it('streams a completion of an LLM service’s first model', () => {
    const words = argumentsOf(
      curlSample(ORIGIN, { slug: 'reader', kind: 'llm', models: ['it’s-1', 'b'] }, 'k'),
    );
    expect(words.slice(0, 2)).toEqual(['-N', 'https://tollgate.example/v1/chat/completions']);
    expect(JSON.parse(words.at(-1)!)).toMatchObject({ model: 'reader/it’s-1', stream: true });
  });

  it('leaves the key to a shell variable when there is none to show', () => {
    const words = argumentsOf(
      `TOLLGATE_KEY=secret\n${curlSample(ORIGIN, { slug: 'toolbox', kind: 'http' })}`,
    );
    expect(words.at(-1)).toBe('Authorization: Bearer secret');
  });

  it('cannot be broken out of by a model’s name', () => {
    const evil = `x'; echo stolen; '`;
    const words = argumentsOf(curlSample(ORIGIN, { slug: 'reader', kind: 'llm', models: [evil] }, 'k'));
    expect(JSON.parse(words.at(-1)!)).toMatchObject({ model: `reader/${evil}` });
  });

  it('sends calls below the address of the service', () => {
    expect(proxyUrl(ORIGIN, 'toolbox')).toBe('https://tollgate.example/proxy/v1/toolbox');
  });
});

describe('the values for the vendors’ libraries', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('are the ones that they read, each with the base URL that it wants', () => {
    for (const { code } of libraryEnvironments(ORIGIN, 'tg_live_x')) {
      for (const line of code.split('\n')) {
        const [name, value] = line.split('=');
        vi.stubEnv(name!, value!);
      }
    }
    expect(new OpenAI()).toMatchObject({ baseURL: `${ORIGIN}/v1`, apiKey: 'tg_live_x' });
    expect(new Anthropic()).toMatchObject({ baseURL: ORIGIN, apiKey: 'tg_live_x' });
    expect(libraryEnvironments(ORIGIN, 'k')[2]!.code).toBe(
      `GOOGLE_GEMINI_BASE_URL=${ORIGIN}\nGEMINI_API_KEY=k`,
    );
  });
});
