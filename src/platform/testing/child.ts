/** @file Starts `platform-process.js` and reads what it says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const PROCESS_SCRIPT = fileURLToPath(new URL('./platform-process.js', import.meta.url));

export interface ChildOptions {
  readonly name?: string;
  readonly options?: Record<string, unknown>;
  /** A command to start it with. */
  readonly through?: readonly string[];
}

/** A process under test; every line that it said is kept, also after it was killed. */
export class Child {
  /** Words of each line. */
  readonly lines: string[][] = [];
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #waiting = new Set<() => void>();
  #errors = '';

  constructor(mode: string, directory: string, { name = 'child', options = {}, through = [] }: ChildOptions = {}) {
    const words = [...through, process.execPath, PROCESS_SCRIPT, mode, directory, name, JSON.stringify(options)];
    this.#process = spawn(words[0]!, words.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process.stderr?.on('data', (text) => {
      this.#errors += text;
    });
    createInterface({ input: this.#process.stdout! }).on('line', (line) => {
      this.lines.push(line.split(' '));
      for (const check of [...this.#waiting]) check();
    });
    this.#closed = once(this.#process, 'close').then(() => {
      for (const check of [...this.#waiting]) check();
    });
  }

  /** Resolves when it has said `count` lines that start with the word. Rejects when it ends before. */
  said(word: string, count = 1): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (this.words(word).length >= count) resolve();
        else if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
          reject(new Error(`It ended before it said "${word}" ${count} times: ${this.#errors}`));
        } else return;
        this.#waiting.delete(check);
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** The rest of each line that starts with the word. */
  words(word: string): string[][] {
    return this.lines.filter(([first]) => first === word).map(([, ...rest]) => rest);
  }

  /** Kills it without warning, and resolves when everything it said has been read. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#closed;
  }

  /** Resolves when it ended by itself, with its exit code and what it complained about. */
  async ended(): Promise<{ code: number | null; errors: string }> {
    await this.#closed;
    return { code: this.#process.exitCode, errors: this.#errors };
  }
}
