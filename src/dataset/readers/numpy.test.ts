import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { failure, prepareBytes, type ReadSplit, readSplit } from '../testing/prepare.ts';
import { readPickle } from './pickle.ts';

interface Fixtures {
  readonly train: number[][];
  readonly test: number[][];
  readonly trainLabels: number[];
  readonly testLabels: number[];
  readonly colour: number[][];
  /** Files as NumPy and Python wrote them, base64. */
  readonly npz: Record<string, string>;
  readonly pickle: Record<string, string>;
}

const FIXTURES = JSON.parse(
  readFileSync(new URL('../testing/numpy-fixtures.json', import.meta.url), 'utf8'),
) as Fixtures;

const npz = (name: string) => Buffer.from(FIXTURES.npz[name], 'base64');
const pickle = (name: string) => Buffer.from(FIXTURES.pickle[name], 'base64');
const TEST: ReadSplit = { labels: FIXTURES.testLabels, images: FIXTURES.test };

describe('npz', () => {
  it.each([
    'uint8',
    'compressed',
    'unit floats',
    'float64 of 255',
    'big-endian',
    'half floats',
    'one-hot',
    'column labels, channel axis',
  ])('is read: %s', async (name) => {
    const prepared = await prepareBytes(npz(name), { validationSplit: 0 });
    expect(prepared.manifest).toMatchObject({
      format: 'npz',
      classes: ['0', '1', '2'],
      image: { height: 4, width: 5, channels: 1 },
    });
    expect(readSplit(prepared, 'train')).toEqual({ labels: FIXTURES.trainLabels, images: FIXTURES.train });
    expect(readSplit(prepared, 'test')).toEqual(TEST);
  });

  it("is read with MedMNIST's names and its own validation split", async () => {
    const prepared = await prepareBytes(npz('MedMNIST names'));
    expect(readSplit(prepared, 'validation')).toEqual(TEST);
    expect(readSplit(prepared, 'test')).toEqual(TEST);
    expect(prepared.manifest.splits.train.count).toBe(6);
  });

  it('is read in colour, with any class numbers', async () => {
    const prepared = await prepareBytes(npz('colour'), { validationSplit: 0 });
    expect(prepared.manifest.classes).toEqual(['7', '9']);
    expect(readSplit(prepared, 'train')).toEqual({ labels: [0, 1, 0, 1], images: FIXTURES.colour });
  });

  it.each([
    ['bad: objects', 'npz_pickled', /pickled Python objects/],
    ['bad: object labels', 'npz_pickled', /y_train/],
    ['bad: negative', 'npz_invalid', /from -1 to 1/],
    ['bad: nan', 'npz_invalid', /no numbers/],
    ['bad: fortran', 'npz_invalid', /columns first/],
    ['bad: channels first', 'npz_invalid', /\[6, 3, 8, 8\]/],
    ['bad: counts', 'npz_invalid', /6 pictures and 4 labels/],
    ['bad: no labels', 'npz_invalid', /no labels/],
    ['bad: fractional labels', 'npz_invalid', /whole number/],
    ['bad: structured', 'npz_invalid', /elements of type/],
    ['bad: strings', 'npz_invalid', /elements of type/],
  ])('%s is refused', async (name, code, message) => {
    const error = await failure(prepareBytes(npz(name)));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it.each([
    ["{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999, 28, 28), }", /declares/],
    ["{'descr': '|u1', 'fortran_order': False, 'shape': (__import__('os').system('true'),), }", /cannot be read/],
    ["{'descr': '|u1', 'shape': (6, 4, 5), }", /cannot be read/],
    ["{'descr': '|u1', 'fortran_order': False, 'shape': (6, 400, 500), }", /declares/],
    ['', /cannot be read/],
  ])('with the header %s is refused', async (header, message) => {
    const error = await failure(prepareBytes(npzOf({ x_train: npy(header, 120), y_train: npy(LABELS_HEADER, 6) })));
    expect(error.code).toBe('npz_invalid');
    expect(error.message).toMatch(message);
  });

  it('with millions of labels or huge pictures is refused before they are read', async () => {
    const x = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (6, 4, 5), }", 120);
    const labels = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (8,), }", 8);
    const tooMany = await failure(prepareBytes(npzOf({ x_train: x, y_train: labels }), { limits: { maxImages: 7 } }));
    expect(tooMany.code).toBe('dataset_too_large');
    const limits = { maxFileBytes: 19 };
    const tooLong = await failure(prepareBytes(npzOf({ x_train: x, y_train: npy(LABELS_HEADER, 6) }), { limits }));
    expect(tooLong).toMatchObject({ code: 'npz_invalid', message: expect.stringContaining('5 x 4 pixels') });
  });

  it('whose header is as NumPy 1 wrote it is read', async () => {
    const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (6, 4, 5), }";
    const prepared = await prepareBytes(npzOf({ x_train: npy(header, 120), y_train: npy(LABELS_HEADER, 6) }));
    expect(prepared.manifest.splits.train.count + prepared.manifest.splits.validation.count).toBe(6);
  });
});

describe('pickle', () => {
  it.each([0, 1, 2, 3, 4, 5])('is read, protocol %i', async (protocol) => {
    for (const pack of [gzipSync, (bytes: Buffer) => bytes]) {
      const prepared = await prepareBytes(pack(pickle(`protocol ${protocol}`)), { validationSplit: 0 });
      expect(prepared.manifest.format).toBe('pickle');
      expect(readSplit(prepared, 'train')).toEqual({ labels: FIXTURES.trainLabels, images: FIXTURES.train });
      expect(readSplit(prepared, 'test')).toEqual(TEST);
    }
  });

  it('is read as a dict of arrays and lists', async () => {
    const prepared = await prepareBytes(gzipSync(pickle('dict')), { validationSplit: 0 });
    expect(readSplit(prepared, 'test')).toEqual(TEST);
  });

  it('is read in the layout of three splits with rows of floats', async () => {
    const { manifest } = await prepareBytes(gzipSync(pickle('three splits of floats')));
    expect(manifest.image).toEqual({ height: 4, width: 4, channels: 1 });
    expect(manifest.splits).toMatchObject({ train: { count: 6 }, validation: { count: 3 }, test: { count: 3 } });
  });

  it('is read as Python 2 wrote it, with strings for bytes', async () => {
    const prepared = await prepareBytes(gzipSync(python2Pickle()), { validationSplit: 0 });
    expect(prepared.manifest.classes).toEqual(['3', '5']);
    expect(readSplit(prepared, 'train')).toEqual({
      labels: [0, 1],
      images: [
        [0, 10, 13, 255],
        [92, 39, 200, 1],
      ],
    });
    expect(readSplit(prepared, 'test').images).toEqual([
      [0, 10, 13, 255],
      [92, 39, 200, 1],
    ]);
  });

  it.each(Object.keys(FIXTURES.pickle).filter((name) => name.startsWith('bad: ')))('%s is refused', async (name) => {
    const expected = /object array|no pairs/.test(name) ? 'pickle_invalid' : 'pickle_unsafe';
    const code = name === 'bad: set' ? 'pickle_invalid' : expected;
    expect((await failure(prepareBytes(pickle(name)))).code).toBe(code);
    expect((await failure(prepareBytes(gzipSync(pickle(name))))).code).toBe(code);
    expect(existsSync('/tmp/pictor-was-here')).toBe(false);
  });

  it('is refused when cut off anywhere', () => {
    const whole = pickle('protocol 2');
    for (let length = 1; length < whole.length; length += 7) {
      expect(() => readPickle(whole.subarray(0, length), 'x')).toThrow(
        expect.objectContaining({ code: 'pickle_invalid' }),
      );
    }
  });

  it('is refused when any byte is changed, or read as something else, but never crashes', () => {
    const whole = pickle('protocol 4');
    for (let i = 0; i < whole.length; i++) {
      const changed = Buffer.from(whole);
      changed[i] ^= 0x55;
      try {
        readPickle(changed, 'x');
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^pickle_(invalid|unsafe)$/) });
      }
    }
  });

  it('that declares gigabytes is refused before memory is taken', () => {
    const hostile = Buffer.from([0x80, 4, 0x8e, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0, 0x2e]);
    expect(() => readPickle(hostile, 'x')).toThrow(expect.objectContaining({ code: 'pickle_invalid' }));
  });
});

describe('a pickle bomb', () => {
  const refused = (bomb: Buffer) => {
    const before = process.memoryUsage();
    expect(() => readPickle(bomb, 'x')).toThrow(expect.objectContaining({ code: 'pickle_invalid' }));
    const { rss } = process.memoryUsage();
    expect(rss - before.rss).toBeLessThan(2 ** 30);
  };
  const of = (...parts: (string | readonly number[] | Buffer)[]) =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));

  it('of a list in every byte is refused', () => refused(of('\x80\x02', ']'.repeat(5_000_000), '.')));

  it('in gzip is refused before it is unpacked into memory', async () => {
    const bomb = gzipSync(of('\x80\x02', Buffer.alloc(2 ** 27, ']')), { level: 9 });
    expect((await failure(prepareBytes(bomb))).code).toBe('archive_bomb');
  });

  it('of the same value again and again is refused', () => refused(of('\x80\x02N', '2'.repeat(5_000_000), '.')));

  it('whose key would be lists of lists of lists is refused', () => {
    // Each list holds the one before twice: 2^60 numbers as text.
    let lists = '\x80\x02}](K\x01K\x01eq\x000';
    for (let i = 0; i < 60; i++) {
      const [inner, outer] = [String.fromCharCode(i), String.fromCharCode(i + 1)];
      lists += `](h${inner}h${inner}eq${outer}0`;
    }
    refused(of(`${lists}h\x3cNs.`));
    refused(of('\x80\x02}', ']'.repeat(200_000), 'a'.repeat(199_999), 'Ns.'));
  });

  it('that encodes one text many times is refused', () => {
    const text = Buffer.alloc(2 ** 20, 'a');
    const start = of('\x80\x02c_codecs\nencode\nq\x00X', [0, 0, 16, 0], text, 'q\x01U\x06latin1q\x02');
    refused(of(start, 'h\x00h\x01h\x02\x86R'.repeat(4_000), '.'));
  });
});

const LABELS_HEADER = "{'descr': '|u1', 'fortran_order': False, 'shape': (6,), }";

function npy(header: string, bytes: number): Buffer {
  const text = `${header}\n`;
  const head = Buffer.from(
    `\x93NUMPY\x01\x00${String.fromCharCode(text.length & 255, text.length >> 8)}${text}`,
    'latin1',
  );
  return Buffer.concat([head, Buffer.from(Array.from({ length: bytes }, (_, i) => (i * 37) % 2))]);
}

function npzOf(arrays: Record<string, Buffer>): Buffer {
  return Buffer.from(
    zipSync(Object.fromEntries(Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, new Uint8Array(bytes)]))),
  );
}

/** `((x, y), (x, y))` as Python 2.7 with NumPy 1.6 wrote it: protocol 0, byte strings as text literals. */
function python2Pickle(): Buffer {
  const array = (shape: string, dtype: string, order: string, literal: string) =>
    "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR" +
    `(I1\n(${shape}tcnumpy\ndtype\n(S'${dtype}'\nI0\nI1\ntR(I3\nS'${order}'\nNNNI-1\nI-1\nI0\ntbI00\nS${literal}\ntb`;
  const x = array('I2\nI2\nI2\n', 'u1', '|', "'\\x00\\n\\r\\xff\\\\\\'\\xc8\\x01'");
  const y = array('I2\n', 'i8', '<', `"\\x03${'\\x00'.repeat(7)}\\x05${'\\x00'.repeat(7)}"`);
  return Buffer.from(`((${x}p1\n${y}p2\ntp3\n(g1\ng2\nttp4\n.`, 'latin1');
}
