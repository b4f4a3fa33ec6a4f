/** @file Keras files that cannot be read say why, and what to do: damaged, hostile, of layers that are not supported. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, it, vi } from 'vitest';
import { hashed } from '../../nn/testing/hashed.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { readKeras } from './read-keras.ts';

const fixtures = fileURLToPath(new URL('./testing/fixtures/', import.meta.url));

const { at, written } = temporaryFolder('pictor-keras-test-');

type Entries = Record<string, Uint8Array>;

/** A good `.keras` file with changes. */
async function archive(change: (entries: Entries) => Entries | undefined): Promise<string> {
  const entries = unzipSync(await readFile(path.join(fixtures, 'models/row-keras3.keras')));
  return written('model.keras', zipSync(change(entries) ?? entries));
}

/** With another unpacked size of an entry in the directory at the archive's end. */
function withDeclaredSize(zip: Buffer, name: string, size: number): Buffer {
  const entry = zip.lastIndexOf(name) - 46;
  expect(zip.toString('latin1', entry, entry + 4)).toBe('PK\x01\x02');
  zip.writeUInt32LE(size, entry + 24);
  return zip;
}

/** With layers that take the place of the model's own. */
function withLayers(...layers: object[]): (entries: Entries) => undefined {
  return (entries) => {
    const input = {
      module: 'keras.layers',
      class_name: 'InputLayer',
      config: { batch_shape: [null, 8, 8, 3], name: 'picture' },
    };
    const config = { name: 'changed', layers: [input, ...layers] };
    entries['config.json'] = strToU8(JSON.stringify({ module: 'keras', class_name: 'Sequential', config }));
  };
}

const layer = (class_name: string, config: object, more: object = {}): object => ({
  module: 'keras.layers',
  class_name,
  config: { name: class_name.toLowerCase(), ...config },
  registered_name: null,
  ...more,
});

async function refusal(file: string): Promise<{ code: string; message: string; fix: string }> {
  return readKeras(file).then(
    () => ({ code: 'read', message: '', fix: '' }),
    (error) => error,
  );
}

describe('layers that cannot be read', () => {
  it.each([
    ['a Lambda', layer('Lambda', { function: 'Y3J1c2g=' }), '"lambda" (Lambda) is Python code, which is never run'],
    [
      'a class of its author',
      layer('Crush', {}, { module: 'my.code', registered_name: 'My>Crush' }),
      '"crush" (Crush) is a class of its author, which is never run',
    ],
    ['attention', layer('MultiHeadAttention', {}), '"multiheadattention" (MultiHeadAttention) is attention'],
    ['a sequence', layer('LSTM', {}), 'works on sequences, not on pictures'],
  ])('%s is named', async (_, refused, message) => {
    const error = await refusal(await archive(withLayers(refused)));
    expect(error).toMatchObject({ code: 'model_unsupported', message: expect.stringContaining(message) });
    expect(error.fix).toContain('SavedModel');
  });

  it('are all named at once', async () => {
    const { message } = await refusal(await archive(withLayers(layer('GRU', {}), layer('Lambda', {}))));
    expect(message).toContain('2 layers');
    expect(message).toContain('"gru"');
    expect(message).toContain('"lambda"');
  });

  it.each([
    ['channels first', layer('MaxPooling2D', { pool_size: 2, data_format: 'channels_first' }), 'data_format'],
    ['an unknown argument', layer('Flatten', { magic: 3 }), 'has magic = 3'],
    ['an activation of its author', layer('Activation', { activation: 'my_relu' }), 'activation "my_relu"'],
    ['an activation that is not here', layer('Activation', { activation: 'softplus' }), 'activation "softplus"'],
    ['a threshold', layer('ReLU', { threshold: 2 }), 'has threshold = 2'],
    ['a name that no network may have', layer('Flatten', { name: 'a'.repeat(201) }), 'name has 201 characters'],
    ['another axis', layer('BatchNormalization', { axis: 1 }), 'works along axis 1'],
    ['a shape that overflows', layer('ZeroPadding2D', { padding: [1e9, 1e9] }), 'pixels a side'],
    ['a shape that is none', layer('Conv2D', { filters: -3, kernel_size: [3, 3] }), 'filters = -3'],
    ['pictures as the answer', layer('MaxPooling2D', { pool_size: [2, 2] }), 'a number a class was expected'],
  ])('%s', async (_, refused, message) => {
    const error = await refusal(await archive(withLayers(refused)));
    expect(['model_unsupported', 'network_invalid', 'model_file_invalid']).toContain(error.code);
    expect(error.message).toContain(message);
  });
});

describe('.keras files', () => {
  it.each<[string, (entries: Entries) => Entries | undefined, string]>([
    ['a pickle', (entries) => ({ ...entries, 'assets/labels.pkl': strToU8('x') }), 'it holds a pickle'],
    ['a path that leads out', (entries) => ({ ...entries, '../../evil': strToU8('x') }), 'damaged or unsafe'],
    ['no description', ({ 'config.json': _, ...rest }) => rest, 'without config.json'],
    ['no weights', ({ 'model.weights.h5': _, ...rest }) => rest, 'has no model.weights.h5'],
    [
      'a broken description',
      (entries) => ({ ...entries, 'config.json': strToU8('{"class_name":') }),
      'JSON is damaged',
    ],
    ['another class', (entries) => ({ ...entries, 'config.json': strToU8('{"class_name":"Mine"}') }), '"Mine" is no'],
    ['no layers', (entries) => ({ ...entries, 'config.json': strToU8('{"class_name":"Sequential"}') }), 'no layers'],
    ['weights that are none', (entries) => ({ ...entries, 'model.weights.h5': strToU8('none') }), 'not an HDF5 file'],
  ])('with %s', async (_, change, message) => {
    const error = await refusal(await archive(change));
    expect(error).toMatchObject({ code: 'model_file_invalid', message: expect.stringContaining(message) });
    expect(error.fix).not.toBe('');
  });

  it('that are cut off', async () => {
    const whole = await readFile(path.join(fixtures, 'models/row-keras3.keras'));
    const error = await refusal(await written('short.keras', whole.subarray(0, 2000)));
    expect(error).toMatchObject({ code: 'model_file_invalid', message: expect.stringContaining('damaged or cut off') });
  });

  it.each([
    ['more than deflate can make of them', 200, 0xfffffff0, 'which cannot be'],
    ['far more than weights shrink', 80_000, 80_000_000, 'to 80000000; weights do not shrink like that'],
    ['more than they say', 80_000, 1000, 'is damaged'],
  ])('that unpack to %s', async (_, bytes, declared, message) => {
    const noise = Uint8Array.from(hashed(bytes, 1), (x) => x * 256);
    const whole = await readFile(await archive((entries) => ({ ...entries, 'model.weights.h5': noise })));
    const error = await refusal(await written('bomb.keras', withDeclaredSize(whole, 'model.weights.h5', declared)));
    expect(error).toMatchObject({ code: 'model_file_invalid', message: expect.stringContaining(message) });
  });

  it('leave nothing behind', async () => {
    await mkdir(at('unpacked'));
    vi.stubEnv('TMPDIR', at('unpacked'));
    await refusal(await archive(({ 'model.weights.h5': _, ...rest }) => rest));
    await refusal(await archive((entries) => ({ ...entries, 'model.weights.h5': strToU8('none') })));
    expect(await readdir(at('unpacked'))).toEqual([]);
    vi.unstubAllEnvs();
  });
});

describe('HDF5 files', () => {
  it('with weights alone say what they belong to', async () => {
    const error = await refusal(path.join(fixtures, 'small.weights.h5'));
    expect(error).toMatchObject({
      code: 'model_file_invalid',
      message: 'small.weights.h5 holds weights without the architecture they belong to: it has no model_config.',
    });
    expect(error.fix).toContain('--weights');
  });

  it('that declare more than they have', async () => {
    const huge = gunzipSync(await readFile(path.join(fixtures, 'models/huge-keras3.h5.gz')));
    const error = await refusal(await written('huge.h5', huge));
    expect(error).toMatchObject({
      code: 'model_file_invalid',
      message: expect.stringMatching(/has 1728000000 bytes, and the whole file only \d+/),
    });
  });

  it.each([
    ['a web page', '<!DOCTYPE html><html>Not found</html>', 'it is a web page'],
    [
      'a Git LFS pointer',
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n',
      'it is a Git LFS pointer',
    ],
    ['nothing', '', 'it is empty'],
  ])('that are %s', async (_, text, message) => {
    const error = await refusal(await written('model.h5', text));
    expect(error).toMatchObject({ code: 'model_file_invalid', message: expect.stringContaining(message) });
  });

  it('that are not there', async () => {
    expect(await refusal(at('none.h5'))).toMatchObject({ code: 'model_file_invalid' });
  });
});
