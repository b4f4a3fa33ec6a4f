/** @file One line at the bottom of the terminal that is written over. */
import type { Output } from './output.ts';
import { width } from './text.ts';

const REDRAW_MS = 80;
const CLEAR = '\r\u001b[2K';

/** Does nothing where lines cannot be written over. */
export class ProgressLine {
  readonly #output: Output;
  #shown = false;
  #drawnAt = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Shows the text instead of what was there, at most a dozen times a second. */
  show(text: string): void {
    if (!this.#output.isLive || performance.now() - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = performance.now();
    this.#shown = true;
    this.#output.stderr.write(CLEAR + cut(text, (this.#output.stderr.columns ?? 80) - 1));
  }

  /** Writes a line that stays, above. */
  note(text: string): void {
    this.clear();
    this.#output.note(text);
  }

  clear(): void {
    if (!this.#shown) return;
    this.#shown = false;
    this.#drawnAt = 0;
    this.#output.stderr.write(CLEAR);
  }
}

/** @param share 0..1; null while nobody knows */
export function bar(share: number | null, length = 24): string {
  if (share === null) return ' '.repeat(length);
  const full = Math.round(Math.min(1, Math.max(0, share)) * length);
  return '━'.repeat(full) + '─'.repeat(length - full);
}

function cut(text: string, columns: number): string {
  let kept = '';
  for (const character of text) {
    if (width(kept + character) > columns) break;
    kept += character;
  }
  return kept;
}
