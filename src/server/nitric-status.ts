/** @file A run's way as Nitric's site tells it: fixed texts, in order, none missed. */
import { isTerminal, MILESTONES, type Milestone, type RunRecord } from '../contracts/index.ts';

/**
 * How long each text is shown. The site asks twice a second and shows what it is told then, so a text that
 * is current for a shorter time would be missed. Steps that were faster are told later, never left out.
 */
const SHOWN_MS = 1000;
/** A step is known this much after it happened, at the latest: records are written a few times a second. */
const KNOWN_AFTER_MS = 400;

export interface NitricStatus {
  /** The text that is current. */
  readonly update: string;
  /** The run's state, which may be ahead of the text. */
  readonly state: RunRecord['state'];
  /** No other text will come. */
  readonly done: boolean;
  /** All texts so far, in order. */
  readonly updates: readonly string[];
}

/** A function of the record and the time alone, so any number of pages see the same. @param now milliseconds since 1970 */
export function nitricStatus(run: RunRecord, now: number): NitricStatus {
  const steps = stepsOf(run);
  const updates: string[] = [];
  let shownSince = 0;
  for (const { text, at } of steps) {
    const isFirst = updates.length === 0;
    shownSince = isFirst ? at : Math.max(at + KNOWN_AFTER_MS, shownSince + SHOWN_MS);
    // The first text is told whatever the clocks say.
    if (!isFirst && shownSince > now) break;
    updates.push(text);
  }
  const done = isTerminal(run.state) && updates.length === steps.length;
  return { update: updates[updates.length - 1], state: run.state, done, updates };
}

interface Step {
  readonly text: string;
  readonly at: number;
}

function stepsOf(run: RunRecord): Step[] {
  const passed = new Map<Milestone, number>();
  for (const { name, at } of run.milestones) if (!passed.has(name)) passed.set(name, Date.parse(at));
  const last = MILESTONES.findLastIndex((name) => passed.has(name));
  const steps: Step[] = [];
  let at = Date.parse(run.createdAt);
  for (const name of MILESTONES.slice(0, Math.max(1, last + 1))) {
    at = Math.max(at, passed.get(name) ?? at);
    // A cancelled run that kept its best weights ends with its own words.
    if (name === 'finished' && run.state !== 'succeeded' && isTerminal(run.state)) continue;
    steps.push({ text: TEXTS[name](run), at });
  }
  const failure = failureText(run);
  if (failure !== null) steps.push({ text: failure, at: Date.parse(run.finishedAt ?? run.updatedAt) });
  return steps;
}

const TEXTS: { readonly [M in Milestone]: (run: RunRecord) => string } = {
  submitted: () => 'Training Pending...',
  started: () => 'Training Starting...',
  loading: () => 'Loading Images...',
  loaded: () => 'Images Loaded! Starting image preprocessing...',
  prepared: ({ dataset }) =>
    `Images processed! Classes found: ${pythonList(dataset?.classes ?? [])}. Building model...`,
  built: () => 'Model Built! Compiling...',
  compiled: () => 'Model Compiled! Training model...',
  trained: () => 'Training Complete! Saving model...',
  saved: () => 'Model Saved!',
  finished: () => 'Model trained!',
};

function failureText({ state, error, model }: RunRecord): string | null {
  if (state === 'failed')
    return `Training Failed! ${error?.message ?? 'The reason is not known.'} ${error?.fix ?? ''}`.trim();
  if (state !== 'cancelled') return null;
  const kept = model ? ` The best weights so far are version ${model.version} of model ${model.name}.` : '';
  return `Training Failed! The training was cancelled.${kept} Start it again to train to the end.`;
}

/** As Python prints a list of texts. */
export function pythonList(texts: readonly string[]): string {
  return `[${texts.map(pythonText).join(', ')}]`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Single quotes, unless only double ones spare an escape; what cannot be printed as its number. */
function pythonText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let inner = '';
  for (const character of text) {
    if (character === quote) inner += `\\${quote}`;
    else if (character in ESCAPES) inner += ESCAPES[character];
    else inner += /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(character) ? codePoint(character) : character;
  }
  return quote + inner + quote;
}

function codePoint(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}
