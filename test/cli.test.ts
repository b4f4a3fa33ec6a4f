/** @file The commands, run as people run them, on a dataset that is learned in a blink. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, pictor, startPictor } from './support/pictor.ts';
import { TINY_CLASSES, writeTinyDataset } from './support/tiny-dataset.ts';

let folder: string;
let pictures: string;
let data: readonly string[];
let training: Awaited<ReturnType<typeof pictor>>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictor-cli-'));
  pictures = path.join(folder, 'pictures');
  await writeTinyDataset(pictures);
  data = ['--data-dir', path.join(folder, 'data')];
  const small = ['--model', 'lenet', '--epochs', '8', '--batch-size', '8', '--replicas', '1'];
  training = await pictor(['train', pictures, '--name', 'halves', ...small, '--json', ...data]);
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const picture = (label: string, number: number) => path.join(pictures, label, `00${number}.png`);

describe('pictor train', () => {
  it('says as JSON lines how it goes, and what came of it last', () => {
    expect(training.code).toBe(0);
    const events = training.events();
    expect(events.at(-1)).toEqual({
      type: 'done',
      model: 'halves',
      version: 1,
      run: expect.stringMatching(/^\d{8}-\d{6}-\w{4}$/),
      metrics: {
        loss: expect.any(Number),
        accuracy: expect.any(Number),
        validation_loss: expect.any(Number),
        validation_accuracy: expect.any(Number),
        test_loss: null,
        test_accuracy: null,
      },
      imagesPerSecond: expect.any(Number),
      seconds: expect.any(Number),
      peakMemoryBytes: expect.any(Number),
    });
    expect(events.filter((event) => event.type === 'epoch').map((event) => event.epoch)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ]);
    expect(events.find((event) => event.type === 'dataset')).toMatchObject({ classes: TINY_CLASSES });
    const progress = events.filter((event) => event.type === 'progress').map((event) => Number(event.progress));
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
  });

  it('gives the same figures for the same seed', async () => {
    const options = ['--name', 'again', '--epochs', '2', '--replicas', '2', '--seed', '5', '--json'];
    const first = await pictor(['train', pictures, ...options, ...data]);
    const second = await pictor(['train', pictures, ...options, ...data]);
    const [a, b] = [first, second].map((run) => run.events().at(-1));
    expect(a).toMatchObject({ version: 1 });
    expect(b).toMatchObject({ version: 2 });
    expect(b?.metrics).toEqual(a?.metrics);
    await pictor(['delete', 'again', ...data]);
  }, 60_000);

  it('keeps the best so far when it is interrupted', async () => {
    const options = ['--name', 'halves', '--epochs', '10000', '--replicas', '1', '--json'];
    const child = startPictor(['train', pictures, ...options, ...data]);
    const lines: Record<string, unknown>[] = [];
    for await (const line of createInterface({ input: child.stdout! })) {
      lines.push(JSON.parse(line));
      if (lines.at(-1)?.type === 'epoch' && !child.killed) child.kill('SIGINT');
    }
    expect(await ended(child)).toBe(0);
    expect(lines.at(-1)).toMatchObject({ type: 'done', model: 'halves', version: 2 });
    expect((await pictor(['delete', 'halves:2', ...data])).code).toBe(0);
  }, 60_000);

  it('ends with 130 when it is interrupted before there is anything to keep', async () => {
    const child = startPictor(['train', pictures, '--name', 'early', '--epochs', '10000', '--json', ...data]);
    const events: Record<string, unknown>[] = [];
    for await (const line of createInterface({ input: child.stdout! })) {
      events.push(JSON.parse(line));
      if (!child.killed) child.kill('SIGINT');
    }
    expect(await ended(child)).toBe(130);
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { code: 'training_interrupted' } });
    expect((await pictor(['inspect', 'early', ...data])).code).toBe(1);
  }, 60_000);

  it('says what is wrong, as text or as JSON, and publishes nothing', async () => {
    const missing = ['train', path.join(folder, 'nowhere'), '--name', 'x', ...data];
    const text = await pictor(missing);
    expect(text).toMatchObject({ code: 1, stdout: '' });
    expect(text.stderr).toMatch(/^error: .*nowhere/m);
    const json = await pictor([...missing, '--json']);
    expect(json.code).toBe(1);
    expect(json.events().at(-1)).toMatchObject({ type: 'error', error: { code: 'dataset_not_found' } });
    const option = await pictor(['train', pictures, '--name', 'x', '--epochs', '0', '--json', ...data]);
    expect(option.events()).toMatchObject([{ type: 'error', error: { code: 'training_option_invalid' } }]);
    expect((await pictor(['models', '--json', ...data])).events()).toHaveLength(1);
  }, 60_000);
});

describe('pictor predict', () => {
  it('answers for each picture in order, most probable label first', async () => {
    const files = [1, 2, 3].flatMap((n) => TINY_CLASSES.map((label) => picture(label, n)));
    const { code, events } = await pictor(['predict', 'halves', ...files, '--json', ...data]);
    expect(code).toBe(0);
    const answers = events() as { image: string; predictions: { label: string; probability: number }[] }[];
    expect(answers.map((answer) => answer.image)).toEqual(files);
    expect(answers.map((answer) => answer.predictions[0].label)).toEqual([
      'left',
      'right',
      'left',
      'right',
      'left',
      'right',
    ]);
    for (const { predictions } of answers) {
      expect(predictions).toHaveLength(2);
      expect(predictions[0].probability + predictions[1].probability).toBeCloseTo(1, 5);
    }
  });

  it('goes on after a picture that cannot be read, and fails at the end', async () => {
    const broken = path.join(folder, 'notes.jpg');
    await writeFile(broken, 'no picture');
    const { code, stdout, stderr } = await pictor(['predict', 'halves:1', broken, picture('left', 4), folder, ...data]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^.*004\.png +left +\d+\.\d% +right +\d+\.\d%\n$/);
    expect(stderr.match(/^error: /gm)).toHaveLength(2);
    const json = await pictor(['predict', 'halves', broken, '--json', ...data]);
    expect(json.code).toBe(1);
    expect(json.events()).toMatchObject([{ image: broken, error: { code: 'image_invalid' } }]);
  });

  it('knows which models there are', async () => {
    const unknown = await pictor(['predict', 'cats', picture('left', 1), '--json', ...data]);
    expect(unknown.code).toBe(1);
    expect(unknown.events()).toMatchObject([{ type: 'error', error: { code: 'model_not_found' } }]);
    const version = await pictor(['predict', 'halves:9', picture('left', 1), '--json', ...data]);
    expect(version.events()).toMatchObject([{ error: { code: 'model_version_not_found', fix: 'Its versions: 1.' } }]);
  });

  it.each([
    ['inspect', []],
    ['delete', []],
    ['promote', ['--latest']],
  ])('%s asks whether another model was meant', async (command, more) => {
    const { code, stderr } = await pictor([command, 'halve', ...more, ...data]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('Did you mean halves?')]);
  });

  it('splits requests by shares or hundredths, and tells what came of it', async () => {
    const { code, stdout } = await pictor(['promote', 'halves', '--split', '1=100', ...data]);
    expect([code, stdout]).toEqual([0, 'Requests that name no version: halves:1 100.0%\n']);
    expect((await pictor(['promote', 'halves', '--latest', ...data])).code).toBe(0);
  });
});

describe('pictor eval', () => {
  it('counts right and wrong answers', async () => {
    const { code, events } = await pictor(['eval', 'halves', pictures, '--json', ...data]);
    expect(code).toBe(0);
    const [done] = events() as {
      accuracy: number;
      loss: number;
      confusion: number[][];
      perClass: { support: number }[];
    }[];
    expect(done).toMatchObject({ type: 'done', model: 'halves', version: 1, split: 'train', count: 60 });
    const right = done.confusion[0][0] + done.confusion[1][1];
    expect(done.confusion.flat().reduce((a, b) => a + b)).toBe(60);
    expect(done.accuracy).toBeCloseTo(right / 60, 10);
    expect(done.accuracy).toBeGreaterThan(0.9);
    expect(done.perClass.map((metrics) => metrics.support)).toEqual([30, 30]);
  });

  it('shows a table', async () => {
    const { code, stdout } = await pictor(['eval', 'halves', pictures, ...data]);
    expect(code).toBe(0);
    expect(stdout).toContain('halves:1 on the whole dataset (60 images)');
    expect(stdout).toMatch(/^ {2}left +\d+\.\d% +\d+\.\d% +\d+\.\d% +30$/m);
    expect(stdout).toContain('Confusion matrix');
    expect(stdout).not.toContain('\u001b');
  });

  it('refuses other classes', async () => {
    const { code, events } = await pictor(['eval', 'halves', 'sample:digits', '--json', ...data]);
    expect(code).toBe(1);
    expect(events()).toMatchObject([{ type: 'error', error: { code: 'test_classes_differ' } }]);
  }, 60_000);
});

describe('pictor dataset', () => {
  it('tells what was understood', async () => {
    const { code, stdout } = await pictor(['dataset', pictures, ...data]);
    expect(code).toBe(0);
    expect(stdout).toContain('60 pictures in 2 classes');
    expect(stdout).toMatch(/^ {2}left +24 +6 +50\.0%$/m);
    expect(stdout).toContain('all 14x14; they become 14x14 grey');
  });

  it('gives the manifest as JSON', async () => {
    const { events } = await pictor([
      'dataset',
      pictures,
      '--image-size',
      '20x16',
      '--channels',
      '3',
      '--json',
      ...data,
    ]);
    expect(events()).toMatchObject([
      { type: 'done', image: { height: 20, width: 16, channels: 3 }, classes: TINY_CLASSES, format: 'folder' },
    ]);
  });
});

describe('pictor models and delete', () => {
  it('list what there is, and delete it', async () => {
    const options = ['--name', 'short-lived', '--epochs', '1', ...data];
    const { stdout, code } = await pictor(['train', pictures, ...options]);
    expect(code).toBe(0);
    expect(stdout).toContain('Published short-lived:1');
    const listed = await pictor(['models', ...data]);
    expect(listed.stdout).toMatch(/^halves:1 +lenet +28x28x3 +2 +\d+\.\d% validation/m);
    expect(listed.stdout).toContain('short-lived:1');
    expect((await pictor(['delete', 'short-lived', ...data])).code).toBe(0);
    const models = (await pictor(['models', '--json'], { PICTOR_DATA_DIR: data[1] })).events();
    expect(models).toMatchObject([{ type: 'model', name: 'halves', versions: [{ version: 1 }] }]);
    const again = await pictor(['delete', 'short-lived', ...data]);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('There is no model "short-lived"');
  }, 60_000);
});

describe('a folder of several models', () => {
  it('is told apart from a model: which they are, and what to run', async () => {
    const zoo = path.join(folder, 'zoo');
    for (const name of ['cats', 'dogs']) {
      await mkdir(path.join(zoo, name, '1'), { recursive: true });
      await writeFile(path.join(zoo, name, '1', 'saved_model.pb'), '');
    }
    const imported = await pictor(['import', zoo, '--name', 'x', ...data]);
    expect(imported.code).toBe(1);
    expect(imported.stderr).toContain('it holds several models: cats, dogs.');
    expect(imported.stderr).toContain(`Run:  pictor import ${path.join(zoo, 'cats')} --name cats`);
  });
});

describe('wrong usage', () => {
  it.each([
    [['trian'], 'Did you mean train?'],
    [['train', 'x'], "required option '--name <name>' not specified"],
    [['train', 'x', '--name', 'y', '--epochs', 'ten'], 'must be a whole number'],
    [['train', 'x', '--name', 'y', '--unknown', 'r'], "unknown option '--unknown'"],
    [['predict', 'digits'], "missing required argument 'image'"],
    [['delete', 'digits:latest'], 'NAME:VERSION'],
    [['help', 'exprot'], 'Did you mean export?'],
    [['promote', 'digits', '--split', '1=0.9,2=0.3'], 'add up to 1, or to 100; these give 1.2.'],
    [['promote', 'digits:3', '--split', '1=1'], 'write digits alone'],
  ])('ends with 2: pictor %s', async (args, message) => {
    const { code, stdout, stderr } = await pictor(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
  });

  it.each([
    [['--epochs', '0'], 'epochs is 0'],
    [['--image-size', '0x0'], 'imageSize is 0'],
    [['--model', 'vgg'], 'vgg'],
    [['--name', '../x'], '../x'],
  ])('ends with 2 for a value that cannot be meant: %s', async (args, message) => {
    const { code, stderr } = await pictor(['train', pictures, '--name', 'y', ...args, ...data]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('shows help to whoever asks for nothing', async () => {
    const { code, stdout } = await pictor([]);
    expect(code).toBe(0);
    expect(stdout).toContain('pictor train sample:digits --name digits');
  });
});

describe("pictor train with a network of one's own", () => {
  const network = (last: string) => `
import { conv2d, dense, flatten, ImageClassifier, maxPooling2d } from 'pictor/nn';
export default class Halves extends ImageClassifier {
  override createModelIo({ classes }: { classes: number }) {
    console.log('evaluated');
    return [conv2d({ filters: 4, kernelSize: 3 }), maxPooling2d(), flatten(), ${last}];
  }
  override trainingDefaults() { return { epochs: 2, batchSize: 8, replicas: 1 }; }
  override labels(classes: readonly string[]) { return classes.map((name) => name.toUpperCase()); }
}
`;

  it('keeps what the class says, and needs the file no more', async () => {
    const file = path.join(folder, 'halves-net.ts');
    await writeFile(file, network('dense({ units: classes })'));
    const trained = await pictor(['train', pictures, '--name', 'own', '--model', file, '--json', ...data]);
    expect(trained).toMatchObject({ code: 0, stderr: expect.stringContaining('evaluated') });
    expect(trained.events().filter((event) => event.type === 'epoch')).toHaveLength(2);
    await rm(file);
    const [{ predictions }] = (await pictor(['predict', 'own', picture('left', 1), '--json', ...data])).events();
    const labels = (predictions as { label: string }[]).map(({ label }) => label);
    expect(labels.toSorted()).toEqual(['LEFT', 'RIGHT']);
    const evaluated = await pictor(['eval', 'own', pictures, '--json', ...data]);
    expect([evaluated.code, evaluated.events().at(-1)]).toMatchObject([0, { perClass: [{ label: 'LEFT' }, {}] }]);
  });

  it('points into the file when something is wrong with it', async () => {
    const file = path.join(folder, 'wrong-net.ts');
    await writeFile(file, network('\n      dense({ units: 7 })'));
    const { code, stderr } = await pictor(['train', pictures, '--name', 'wrong', '--model', file, ...data]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'wrong-net.ts:7:7: The last layer "dense" gives 7 numbers; the dataset has 2 classes.\n  7 |       dense({ units: 7 })];\n    |       ^\n',
    );
  });

  it('takes a path to nowhere for wrong usage', async () => {
    const { code, stderr } = await pictor(['train', pictures, '--name', 'x', '--model', './nowhere.ts', ...data]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('There is no file nowhere.ts.')]);
  });
});

describe('what a terminal would take for a command', () => {
  const clear = '\u001b[2J';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

  it.each([
    [['dataset', `missing${clear}.zip`]],
    [['predict', 'halves', `missing${clear}.png`]],
    [['train', 'x', '--name', 'y', '--epochs', clear]],
    [['train', 'x', '--name', 'y', '--model', clear]],
    [[`${clear}x`]],
  ])('does not reach it: pictor %j', async (args) => {
    const { code, stdout, stderr } = await pictor([...args, ...(args.length > 1 ? data : [])]);
    expect(code).not.toBe(0);
    expect(stderr).toContain('[2J');
    expect(stdout + stderr).not.toMatch(control);
  });
});

describe('a data directory that is none', () => {
  it.each([
    ['models', import.meta.filename],
    ['dataset', import.meta.filename],
    ['up', path.join(import.meta.filename, 'below')],
  ])('is refused by %s', async (command, directory) => {
    const more = command === 'dataset' ? [pictures] : [];
    const { code, events } = await pictor([command, ...more, '--json', '--data-dir', directory]);
    expect([code, events()]).toMatchObject([1, [{ type: 'error', error: { code: 'invalid_setting' } }]]);
  });
});
