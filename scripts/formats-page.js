/** @file The page `docs/formats.md`, from the tables that read and write model files. */

/** Where the page is, from the root of the project. */
export const FORMATS_PAGE = 'docs/formats.md';

const INTRODUCTION = `# Layers and operators of model files

<!-- Written by \`npm run docs\` from the rule tables in src/formats/. Change the tables there. -->

What [imports](model-files.md) take and exports write. What is refused is refused by name, before anything is written; no code
of a file is ever run.

| format | in | out |
|---|---|---|
| Keras 3 \`.keras\` | becomes Pictor's layers: can be trained further | yes |
| Keras HDF5 \`.h5\`, of Keras 2 and 3 | the same | yes, for Keras 2 and 3 |
| TF.js layers model (\`model.json\`) | the same | yes |
| SavedModel of TensorFlow 1 and 2 | becomes graphs with the file's own signatures | yes |
| TFaaS bundle | the same | yes |
| ONNX | the same | yes, opset 13 to 21 |
`;

/** Names of the formats as columns. */
const FORMATS = { keras: '.keras', h5: '.h5', tfjs: 'TF.js', savedmodel: 'SavedModel', onnx: 'ONNX' };

/**
 * @param {{ kerasClassRows: () => Row[], tensorflowRows: () => Row[], onnxRows: () => Row[], writtenRows: () => Written[] }} tables
 * @returns {string} the page as it must be
 */
export function formatsPage({ kerasClassRows, tensorflowRows, onnxRows, writtenRows }) {
  return [
    INTRODUCTION,
    "## In: layers of Keras\n\nOf `.keras`, `.h5` and TF.js. Classes that are not here are not Keras' own: they are refused, and never run.\n",
    support('layer', kerasClassRows()),
    '\n## In: operators of TensorFlow\n\nOf SavedModels and TFaaS bundles. What is not here is refused by name.\n',
    support('operator', tensorflowRows()),
    '\n## In: ONNX\n',
    support('', onnxRows()),
    "\n## Out: Pictor's layers\n\nA SavedModel and an ONNX file hold the network as operators; the others hold its layers.\n",
    written(writtenRows()),
  ].join('\n');
}

/** @param {string} title @param {Row[]} rows */
function support(title, rows) {
  const name = (text) => (text.includes('`') || text.includes(' ') ? text : `\`${text}\``);
  const lines = rows.map((row) => `| ${name(row.name)} | ${row.supported ? 'yes' : 'no'} | ${row.note} |`);
  return [`| ${title} | | |`, '|---|---|---|', ...lines, ''].join('\n');
}

/** @param {Written[]} rows */
function written(rows) {
  const keys = Object.keys(FORMATS);
  const cell = (text) => (text === null ? 'no' : text === '' ? 'yes' : text);
  const lines = rows.map(
    ({ layer, formats }) => `| \`${layer}\` | ${keys.map((key) => cell(formats[key])).join(' | ')} |`,
  );
  const head = `| layer | ${keys.map((key) => FORMATS[key]).join(' | ')} |`;
  return [head, `|---${'|---'.repeat(keys.length)}|`, ...lines, ''].join('\n');
}

/**
 * @typedef {{ name: string, supported: boolean, note: string }} Row
 * @typedef {{ layer: string, formats: Record<string, string | null> }} Written
 */
