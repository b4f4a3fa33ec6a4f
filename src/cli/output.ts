/** @file Where a command writes: results to stdout, everything else to stderr. */
import { styleText } from 'node:util';
import { asPictorError, errorBody, type PictorError } from '../contracts/index.ts';
import { plain, plainLine } from './text.ts';

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** The part of a stream that is used; a terminal also has a width. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface OutputOptions {
  /** One JSON object a line on stdout, and no text. */
  readonly json: boolean;
  readonly stdout?: Sink;
  readonly stderr?: Sink;
  readonly environment?: NodeJS.ProcessEnv;
}

export class Output {
  readonly json: boolean;
  readonly stderr: Sink;
  readonly #stdout: Sink;
  readonly #environment: NodeJS.ProcessEnv;

  constructor({ json, stdout = process.stdout, stderr = process.stderr, environment = process.env }: OutputOptions) {
    this.json = json;
    this.stderr = stderr;
    this.#stdout = stdout;
    this.#environment = environment;
  }

  /** One JSON line on stdout, with `--json` alone. */
  event(value: object): void {
    // JSON leaves these as they are; a terminal takes some of them for commands.
    const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    if (this.json) this.#stdout.write(`${JSON.stringify(value).replace(/[\u007f-\u009f]/g, escaped)}\n`);
  }

  /** A line of the result, without `--json` alone. */
  line(text = ''): void {
    if (!this.json) this.#stdout.write(`${text}\n`);
  }

  /** A line of log, on stderr. */
  note(text: string): void {
    this.stderr.write(`${text}\n`);
  }

  /** What went wrong and what to do: on stderr, or as a JSON line. */
  error(error: unknown): void {
    const known = asPictorError(error);
    if (this.json) this.event({ type: 'error', ...errorBody(known) });
    else {
      this.note(`${this.styleNote('red', 'error:')} ${plainLine(known.message)}`);
      for (const line of sourceFrame(known.details)) this.note(this.styleNote('dim', line));
      this.note(plainLine(known.fix));
    }
  }

  /** Styles a part of a `line`. */
  style(style: Style, text: string): string {
    return this.#isStyled(this.#stdout) ? styleText(style, text, { validateStream: false }) : text;
  }

  /** Styles a part of a `note`. */
  styleNote(style: Style, text: string): string {
    return this.#isStyled(this.stderr) ? styleText(style, text, { validateStream: false }) : text;
  }

  /** Whether a line on stderr can be written over. */
  get isLive(): boolean {
    return this.stderr.isTTY === true && this.#environment.TERM !== 'dumb';
  }

  /** https://no-color.org: set and not empty means none. */
  #isStyled(sink: Sink): boolean {
    return sink.isTTY === true && !this.#environment.NO_COLOR && this.#environment.TERM !== 'dumb';
  }
}

/** The line of a user's file that an error points to, with its column marked. */
function sourceFrame(details: PictorError['details']): string[] {
  const { source, line, column } = details ?? {};
  if (typeof source !== 'string' || typeof line !== 'number' || typeof column !== 'number') return [];
  const gutter = `  ${line} | `;
  const shown = plain(source.replaceAll('\t', ' '), MAX_SOURCE);
  const mark = `${' '.repeat(gutter.length - 2)}| ${' '.repeat(Math.max(0, column - 1))}^`;
  return column > MAX_SOURCE ? [gutter + shown] : [gutter + shown, mark];
}

const MAX_SOURCE = 160;
