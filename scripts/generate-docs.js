/** @file Writes `docs/errors.md` and `docs/formats.md` from their tables, and the table of flags in `docs/tensorflow-serving.md`. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.js';
import { FORMATS_PAGE, formatsPage } from './formats-page.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Where the page is, from the root of the project. */
export const ERRORS_PAGE = 'docs/errors.md';

/** One table of the page for each file of `src/contracts/errors/`. */
const SECTIONS = [
  { file: 'common', table: 'COMMON_ERRORS', title: 'Everywhere' },
  { file: 'dataset', table: 'DATASET_ERRORS', title: 'Datasets' },
  { file: 'network', table: 'NETWORK_ERRORS', title: 'Networks' },
  { file: 'training', table: 'TRAINING_ERRORS', title: 'Training' },
  { file: 'jobs', table: 'JOB_ERRORS', title: 'Runs and dataset checks as jobs' },
  { file: 'model', table: 'MODEL_ERRORS', title: 'Models' },
  { file: 'serving', table: 'SERVING_ERRORS', title: 'Predictions' },
  { file: 'server', table: 'SERVER_ERRORS', title: 'The server' },
  { file: 'platform', table: 'PLATFORM_ERRORS', title: 'The store under the data directory' },
];

const INTRODUCTION = `# Errors

<!-- Written by \`npm run docs\` from src/contracts/errors/. Change the tables there. -->

Whatever a user can cause has a **code**, an HTTP **status**, a **message** (what happened, where, what was expected) and a
**fix** (what to do). The code is stable; the message is for people and may change.

| where | how it looks |
|---|---|
| Pictor's own API, Nitric's and Minishift's protocols | the status, and \`{"error":{"code","message","fix","details"?}}\`; 429 and 503 carry \`Retry-After\`, in seconds |
| a run or a dataset that failed | the same object under \`error\` in its record |
| the command line | message and fix on stderr, exit code 1, or 2 when the value of an option cannot be meant; with \`--json\` a line \`{"type":"error","error":{…}}\` on stdout |
| wrong usage of the command line | commander's text on stderr, exit code 2; it has no code |
| TensorFlow Serving's REST | that protocol's own statuses and texts ([Serving](serving.md)) |

\`details\` holds facts as fields, such as the option that is wrong or a count, and is left out when there are none. The fix
below is the default: the place that finds the error may give a better one.
`;

/**
 * The page as it must be.
 * @returns {Promise<string>}
 * @throws when a table is not in `SECTIONS`, or two hold the same code
 */
export async function errorsPage() {
  const { ERROR_TABLE } = await built('contracts/errors/index.js');
  const seen = new Set();
  let page = INTRODUCTION;
  for (const { file, table, title } of SECTIONS) {
    const entries = Object.entries((await built(`contracts/errors/${file}.js`))[table]);
    for (const [code] of entries) {
      if (seen.has(code)) throw new Error(`The error code ${code} is in two tables.`);
      seen.add(code);
    }
    const rows = entries.map(([code, { status, fix }]) => `| \`${code}\` | ${status} | ${cell(fix)} |`);
    page += `\n## ${title}\n\n| code | status | fix |\n|---|---|---|\n${rows.join('\n')}\n`;
  }
  const forgotten = Object.keys(ERROR_TABLE).filter((code) => !seen.has(code));
  if (forgotten.length > 0) throw new Error(`No section of ${ERRORS_PAGE} has ${forgotten.join(', ')}.`);
  return page;
}

/** Where the table of TensorFlow Serving's flags is. */
export const FLAGS_PAGE = 'docs/tensorflow-serving.md';
const FLAGS_BEGIN = '<!-- flags: written by `npm run docs` from src/cli/serve-flags.ts -->';
const FLAGS_END = '<!-- end of flags -->';

/**
 * The page with the table as it must be.
 * @param {string} page as it is
 */
export async function flagsPage(page) {
  const { SERVE_FLAGS } = await built('cli/serve-flags.js');
  const rows = Object.entries(SERVE_FLAGS).map(([flag, rule]) => {
    const standard = rule.default === '' ? '' : `\`${rule.default}\``;
    const here = rule.here === undefined ? standard : `${standard}, here \`${rule.here}\``;
    const text = {
      yes: () => rule.summary,
      ignored: () => `no effect: ${rule.because}`,
      refused: () => `refused: ${rule.because}`,
    };
    return `| \`--${flag}\` | ${here} | ${cell(text[rule.support]())} |`;
  });
  const [before, rest] = page.split(FLAGS_BEGIN);
  const after = rest.split(FLAGS_END)[1];
  const table = `| flag | default | |\n|---|---|---|\n${rows.join('\n')}\n`;
  return `${before}${FLAGS_BEGIN}\n\n${table}\n${FLAGS_END}${after}`;
}

/** @returns {Promise<Record<string, string>>} every page that is written, by its place */
export async function generatedPages() {
  return {
    [ERRORS_PAGE]: await errorsPage(),
    [FORMATS_PAGE]: formatsPage(await built('formats/documentation.js')),
    [FLAGS_PAGE]: await flagsPage(readFileSync(path.join(root, FLAGS_PAGE), 'utf8')),
  };
}

/** @param {string} file in `dist` */
async function built(file) {
  return import(pathToFileURL(path.join(root, 'dist', file)).href);
}

/** @param {string} text */
function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await ensureBuilt({ quiet: false });
  for (const [place, page] of Object.entries(await generatedPages())) {
    const file = path.join(root, place);
    if (readFileSync(file, { encoding: 'utf8', flag: 'a+' }) !== page) writeFileSync(file, page);
  }
}
