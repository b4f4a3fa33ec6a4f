/** @file Networks from files: what a file may export, and where each error points. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatasetManifest, PictorError, type TrainingRequest } from '../../contracts/index.ts';
import { type NetworkFile, openNetworkFile } from './open.ts';

const REQUEST: TrainingRequest = { dataset: { kind: 'sample', name: 'digits' }, name: 'digits' };
const MANIFEST = {
  image: { height: 28, width: 28, channels: 1 },
  classes: ['a', 'b', 'c'],
} as unknown as DatasetManifest;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictor-network-'));
  for (const [name, source] of Object.entries(FILES)) await writeFile(path.join(folder, name), source);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function withFile<T>(name: string, use: (file: NetworkFile) => Promise<T>): Promise<T> {
  const file = await openNetworkFile(path.join(folder, name));
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

const complete = (name: string) =>
  withFile(name, async (file) => file.withNetwork(file.withDefaults({ ...REQUEST, model: name }), MANIFEST));

const CLASS = (methods: string) => `import { dense, flatten, ImageClassifier, type PresetShape } from 'pictor/nn';
export default class Net extends ImageClassifier {
  override createModelIo({ classes }: PresetShape) { return [flatten(), dense({ units: classes, name: 'top' })]; }
  ${methods}
}
`;

const FILES: Readonly<Record<string, string>> = {
  'function.ts': `import { dense, flatten, type Layer } from 'pictor/nn';
import { units } from './sizes.js';
export default async (shape: { classes: number }): Promise<Layer[]> => [
  flatten(), dense({ units, activation: 'relu' }), dense({ units: shape.classes }),
];`,
  'sizes.ts': 'export const units: number = 5;',
  'spec.mjs': `import { dense, flatten, sequential } from 'pictor/nn';
export const createModel = ({ classes, ...image }) => sequential('mine', image, [flatten(), dense({ units: classes })]);`,
  'common.js':
    "module.exports = ({ classes }) => [{ layer: 'Flatten', config: {} }, { layer: 'Dense', config: { units: classes } }];",
  'package.json': '{"type": "commonjs"}',
  'class.ts': CLASS(`override imageDefaults() { return { height: 28, width: 28, channels: 1 } as const; }
  override trainingDefaults() { return { epochs: 3, batchSize: 16 }; }
  override labels(classes: readonly string[]) { return classes.map((name) => name.toUpperCase()); }
  override signatures() {
    return { ask: { input: { name: 'x', kind: 'pixels' }, outputs: { f: { kind: 'layer', layer: 'top' } } } } as const;
  }`),
  'named-class.ts': CLASS('override preprocessing() { return []; }').replace('default ', ''),

  'syntax.ts': 'export const a: number = 1;\nconst b = ;\n',
  'imports-syntax.ts': "import { a } from './syntax.ts';\nexport default () => a;\n",
  'enum.ts': 'enum X { A }\nexport default () => [];\n',
  'types.mjs': 'const a: number = 1;\nexport default () => [];\n',
  'twice.ts': 'export default () => [];\nconst a = 1;\nconst a = 2;\n',
  'throws.ts': "\n\n  throw new Error('no data');\n",
  'function-throws.ts': "function helper(): never {\n  throw new TypeError('no');\n}\nexport default () => helper();\n",
  'text.ts': "export default () => { throw 'text'; };\n",
  'missing.ts': "import { x } from './nowhere.ts';\nexport default () => x;\n",
  'no-such-name.ts': "import { nothing } from 'pictor/nn';\nexport default () => nothing;\n",
  'no-export.ts': 'export const units = 3;\nexport class Net {}\n',
  'empty.ts': '',
  'foreign-class.ts': 'export default class Net { createModelIo() { return []; } }\n',
  'no-method.ts': "import { ImageClassifier } from 'pictor/nn';\nexport default class Net extends ImageClassifier {}\n",
  'no-return.ts': 'export default () => { [1]; }\n',
  'numbers.ts': 'export default () => [1];\n',
  'no-network.ts': 'export default () => ({ a: 1 });\n',
  'shapes.ts': `import { conv2d, dense, flatten, maxPooling2d } from 'pictor/nn';
export default (shape: { classes: number }) => [
  maxPooling2d({ poolSize: 14 }),
  conv2d({ filters: 4, kernelSize: 5 }),
  flatten(),
  dense({ units: shape.classes }),
];`,
  'argument.ts': "import { dense } from 'pictor/nn';\nexport default () => [\n  dense({ units: -1 }),\n];\n",
  'classes.ts':
    "import { dense, flatten } from 'pictor/nn';\nexport default () => [flatten(),\n  dense({ units: 7 })];\n",
  'size.ts': `import { dense, flatten, sequential } from 'pictor/nn';
export default () => sequential('x', { height: 8, width: 8, channels: 1 }, [flatten(), dense({ units: 3 })]);`,
  'exits.ts': 'export default () => { process.exit(0); };\n',
  'later.ts': "setTimeout(() => { throw new Error('late'); }, 1);\nexport default () => new Promise(() => {});\n",
  'net.py': 'def f(x):\n  return 1\n',
  'binary.ts': 'a\0b',
  'unknown-default.ts': CLASS('override trainingDefaults() { return { epoch: 3 }; }'),
  'throws-nothing.ts': 'throw undefined;\n',
  'rejects-nothing.ts': 'export default () => Promise.reject(null);\n',
  'promised-default.ts': CLASS(
    'override trainingDefaults(): never { return Promise.resolve({ epochs: 1 }) as never; }',
  ),
  'function-default.ts': CLASS('override trainingDefaults(): never { return { epochs: () => 3 } as never; }'),
  'half-size.ts': CLASS('override imageDefaults() { return { width: 3 }; }'),
  'bad-default.ts': CLASS('override trainingDefaults() { return { epochs: -3 }; }'),
  'bad-labels.ts': CLASS("override labels() { return ['a']; }"),
  'bad-signature.ts': CLASS(
    "override signatures() { return { s: { input: { name: 'x', kind: 'pixels' }, outputs: { v: { kind: 'layer', layer: 'tip' } } } }; }",
  ),
};

describe('a file', () => {
  it('may export a function that gives layers, and import TypeScript beside it', async () => {
    const { network, networkFile, model, ...rest } = await complete('function.ts');
    expect(network?.nodes.map(({ layer }) => layer)).toEqual(['Flatten', 'Dense', 'Dense']);
    expect(network).toMatchObject({ name: 'function', input: MANIFEST.image, output: 'dense_1' });
    expect(networkFile).toEqual({ file: 'function.ts', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(model).toBeUndefined();
    expect(rest).toEqual(REQUEST);
  });

  it.each([
    ['spec.mjs', 'mine'],
    ['common.js', 'common'],
  ])('may be JavaScript: %s', async (file, name) => {
    expect(await complete(file)).toMatchObject({
      network: { name, nodes: [{ layer: 'Flatten' }, { layer: 'Dense' }] },
    });
  });

  it('may export a class, whose methods say more than the network', async () => {
    const request = await complete('class.ts');
    expect(request).toMatchObject({
      epochs: 3,
      batchSize: 16,
      imageSize: [28, 28],
      channels: 1,
      network: { name: 'Net', nodes: [{ layer: 'Rescaling' }, { layer: 'Flatten' }, { name: 'top' }] },
      labels: [
        { class: 'a', label: 'A' },
        { class: 'b', label: 'B' },
        { class: 'c', label: 'C' },
      ],
      signatures: { ask: { input: { name: 'x', kind: 'pixels' }, outputs: { f: { kind: 'layer', layer: 'top' } } } },
    });
  });

  it('may export the class under its name, with other preprocessing', async () => {
    const { network, signatures, labels } = await complete('named-class.ts');
    expect(network?.nodes.map(({ layer }) => layer)).toEqual(['Flatten', 'Dense']);
    expect([signatures, labels]).toEqual([undefined, undefined]);
  });

  it('gives way to what was asked for', async () => {
    await withFile('class.ts', async (file) => {
      expect(file.withDefaults({ ...REQUEST, epochs: 7, imageSize: [9, 9] })).toMatchObject({
        epochs: 7,
        batchSize: 16,
        imageSize: [9, 9],
      });
    });
  });

  it('that never ends can be left', async () => {
    const leave = new AbortController();
    await writeFile(path.join(folder, 'endless.ts'), 'for (;;) {}\n');
    setTimeout(() => leave.abort(new Error('enough')), 200);
    await expect(openNetworkFile(path.join(folder, 'endless.ts'), leave.signal)).rejects.toThrow('enough');
  });
});

describe('an error points into the file', () => {
  it.each<[string, string, string, string]>([
    ['syntax.ts', 'network_file_invalid', 'syntax.ts:2:11', 'Expression expected'],
    ['imports-syntax.ts', 'network_file_invalid', 'syntax.ts:2:11', 'Expression expected'],
    ['enum.ts', 'network_file_invalid', 'enum.ts:1:1', 'enum is not supported'],
    ['types.mjs', 'network_file_invalid', 'types.mjs:1:8', 'TypeScript in a JavaScript file'],
    ['twice.ts', 'network_file_invalid', 'twice.ts', "Identifier 'a' has already been declared"],
    ['throws.ts', 'network_file_failed', 'throws.ts:3:9', 'Error: no data'],
    ['function-throws.ts', 'network_file_failed', 'function-throws.ts:2:9', 'TypeError: no'],
    ['text.ts', 'network_file_failed', 'text.ts', 'no error: text'],
    ['missing.ts', 'network_file_invalid', 'missing.ts:1:22', 'nowhere.ts'],
    ['no-such-name.ts', 'network_file_invalid', 'no-such-name.ts:1:10', "does not provide an export named 'nothing'"],
    ['no-export.ts', 'network_export_invalid', 'no-export.ts', 'It exports Net (a class), units (a number);'],
    ['empty.ts', 'network_export_invalid', 'empty.ts', 'It exports nothing;'],
    ['foreign-class.ts', 'network_export_invalid', 'foreign-class.ts:1:1', 'Net does not extend ImageClassifier'],
    ['no-method.ts', 'network_export_invalid', 'no-method.ts:2:1', 'no method createModelIo'],
    ['no-return.ts', 'network_export_invalid', 'no-return.ts:1:1', 'A return may be missing'],
    ['numbers.ts', 'network_export_invalid', 'numbers.ts:1:1', 'Element 1 of the layers is a number'],
    ['no-network.ts', 'network_export_invalid', 'no-network.ts:1:1', 'an object with a;'],
    ['shapes.ts', 'network_invalid', 'shapes.ts:4:3', 'cannot take an input of shape [2, 2, 1]; at least 5 x 5'],
    ['argument.ts', 'network_invalid', 'argument.ts:3:3', 'has units = -1'],
    ['classes.ts', 'network_export_invalid', 'classes.ts:3:3', 'gives 7 numbers; the dataset has 3 classes'],
    ['size.ts', 'network_export_invalid', 'size.ts:2:1', 'takes pictures of 8 x 8 x 1'],
    ['exits.ts', 'network_file_failed', 'exits.ts', 'ended the process'],
    ['later.ts', 'network_file_failed', 'later.ts:1:26', 'Error: late'],
    ['net.py', 'network_file_invalid', 'net.py', 'TypeScript or JavaScript was expected'],
    ['binary.ts', 'network_file_invalid', 'binary.ts', 'is no text'],
    ['nowhere-at-all.ts', 'network_file_not_found', 'nowhere-at-all.ts', 'There is no file'],
    ['unknown-default.ts', 'network_export_invalid', 'unknown-default.ts:4:3', 'unknown "epoch"; known are epochs,'],
    ['throws-nothing.ts', 'network_file_failed', 'throws-nothing.ts', 'no error: undefined'],
    ['rejects-nothing.ts', 'network_file_failed', 'rejects-nothing.ts', 'no error: null'],
    ['promised-default.ts', 'network_export_invalid', 'promised-default.ts:4:3', 'gives a promise'],
    [
      'function-default.ts',
      'network_export_invalid',
      'function-default.ts:4:3',
      '"epochs" as something that is no plain',
    ],
    ['half-size.ts', 'network_export_invalid', 'half-size.ts:4:3', 'width without height'],
    ['bad-default.ts', 'training_option_invalid', 'bad-default.ts', 'epochs is -3'],
    ['bad-labels.ts', 'signature_invalid', 'bad-labels.ts:4:3', 'a list of 3 names was expected'],
    ['bad-signature.ts', 'signature_invalid', 'bad-signature.ts:4:3', 'one of rescaling, flatten, top was expected'],
  ])('%s', async (file, code, place, message) => {
    const error = await complete(file).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(PictorError);
    const { code: found, message: said, details } = error as PictorError;
    expect([found, said]).toEqual([code, expect.stringContaining(message)]);
    expect(said).toContain(place);
    const [, line] = place.split(':');
    if (line !== undefined) expect(details).toMatchObject({ line: Number(line), source: expect.any(String) });
  });
});
