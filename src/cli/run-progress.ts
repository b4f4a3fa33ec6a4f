/** @file Shows a run while it goes: a live line, log lines, or JSON events. */
import type { RunLogLine, RunRecord } from '../contracts/index.ts';
import type { Output } from './output.ts';
import { bar, ProgressLine } from './progress-line.ts';
import { duration, integer, percent, plain } from './text.ts';

const EVENT_MS = 250;

/** Give it every state of the record, as often as it changes. */
export class RunProgress {
  readonly #output: Output;
  readonly #line: ProgressLine;
  #before: RunRecord | null = null;
  #eventAt = Number.NEGATIVE_INFINITY;

  constructor(output: Output) {
    this.#output = output;
    this.#line = new ProgressLine(output);
  }

  update(record: RunRecord): void {
    const before = this.#before;
    this.#before = record;
    for (const line of newLines(before?.log ?? [], record.log)) this.#log(line);
    if (record.dataset && !before?.dataset) this.#output.event({ type: 'dataset', ...record.dataset });
    this.#progress(record, before?.state !== record.state);
    for (const epoch of record.history.slice(before?.history.length ?? 0)) {
      this.#output.event({ type: 'epoch', ...epoch });
    }
    this.#line.show(liveText(record));
  }

  end(): void {
    this.#line.clear();
  }

  #log({ level, message }: RunLogLine): void {
    if (level === 'error') return; // the command says it itself, with what to do
    const style = level === 'warning' ? 'yellow' : 'dim';
    this.#line.note(this.#output.styleNote(style, plain(message, 1000)));
  }

  #progress({ id, state, progress, training }: RunRecord, isNewState: boolean): void {
    const now = performance.now();
    if (!isNewState && now - this.#eventAt < EVENT_MS) return;
    this.#eventAt = now;
    this.#output.event({ type: 'progress', run: id, state, progress, ...training });
  }
}

/** The lines that came since; the record drops its oldest ones. */
function newLines(before: readonly RunLogLine[], after: readonly RunLogLine[]): readonly RunLogLine[] {
  const last = before.at(-1);
  if (!last) return after;
  return after.slice(after.findLastIndex(({ at, message }) => at === last.at && message === last.message) + 1);
}

function liveText({ state, progress, training }: RunRecord): string {
  const share = `${bar(progress)} ${percent(progress).padStart(6)}`;
  if (state !== 'training' || !training) return `${STATES[state].padEnd(12)} ${share}`;
  const { epoch, epochs, loss, accuracy, imagesPerSecond, secondsLeft } = training;
  const parts = [
    `Epoch ${epoch}/${epochs}`.padEnd(12),
    share,
    ` loss ${loss.toFixed(4)}`,
    ` accuracy ${accuracy.toFixed(4)}`,
    ` ${integer(imagesPerSecond)} images/s`,
  ];
  if (secondsLeft !== null) parts.push(` ${duration(secondsLeft)} left`);
  return parts.join(' ');
}

const STATES: { readonly [S in RunRecord['state']]: string } = {
  queued: 'Waiting',
  fetching: 'Fetching',
  preparing: 'Preparing',
  training: 'Training',
  evaluating: 'Evaluating',
  publishing: 'Publishing',
  succeeded: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
};
