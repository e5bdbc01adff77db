/** Runs the project's tools as child processes and keeps what they say. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface Step {
  name: string;
  /** A program of `node_modules/.bin` or of the PATH, and its arguments. */
  command: [string, ...string[]];
  environment?: Record<string, string>;
}

export interface StepResult {
  name: string;
  passed: boolean;
  seconds: string;
  output: string;
}

function locate(program: string): string {
  const local = resolve(join('node_modules/.bin', program));
  if (process.platform === 'win32') return existsSync(`${local}.cmd`) ? `${local}.cmd` : program;
  return existsSync(local) ? local : program;
}

/** Runs one step to its end. With `stream` its output is shown as it comes. */
export function runStep(step: Step, options: { stream: boolean }): Promise<StepResult> {
  const startedAt = performance.now();
  const [program, ...args] = step.command;
  return new Promise((done) => {
    let output = '';
    const finish = (passed: boolean): void => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      done({ name: step.name, passed, seconds, output });
    };
    const child = spawn(locate(program), args, {
      env: { ...process.env, ...step.environment },
      stdio: options.stream ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    const keep = (text: string): void => {
      output += text;
    };
    child.stdout?.setEncoding('utf8').on('data', keep);
    child.stderr?.setEncoding('utf8').on('data', keep);
    child.once('error', (error) => {
      output += error.message;
      console.error(`${step.name}: ${error.message}`);
      finish(false);
    });
    child.once('close', (code) => finish(code === 0));
  });
}
