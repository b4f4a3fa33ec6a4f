import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ExportFormat,
  type InputRange,
  type ModelManifest,
  type NetworkSpec,
  PictorError,
  type SignatureSpecs,
} from '../../contracts/index.ts';
import { resizePixels } from '../../dataset/index.ts';
import { compileInference, initialWeights, servedLayers } from '../../nn/index.ts';
import { conv2d, dense, flatten, rescaling, sequential } from '../../nn/network/sequential.ts';
import { onnx } from '../../proto/index.ts';
import { openSession } from '../../runtime/index.ts';
import { importModel } from '../import/import-model.ts';
import { networkLayers } from '../inspect/network-layers.ts';
import { exportModel } from './export-model.ts';
import type { ExportSource } from './source.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pictor-export-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => path.join(folder, name);

function source(
  channels: 1 | 3 = 3,
  own: { readonly signatures?: SignatureSpecs; readonly inputRange?: InputRange } = {},
): ExportSource {
  const input = { height: 9, width: 8, channels };
  const spec = sequential('small', input, [
    ...(own.inputRange ? [] : [rescaling({ scale: 1 / 255 })]),
    conv2d({ filters: 4, kernelSize: 3, activation: 'relu', name: 'features' }),
    flatten(),
    dense({ units: 3 }),
  ]);
  const weights = initialWeights(spec, 1);
  const labels = ['cat', 'dog', 'Kröte'];
  const { signatures } = own;
  const manifest = { name: 'pets', version: 2, createdAt: '2026-01-02T03:04:05.000Z', labels, input, network: spec };
  return {
    name: 'pets',
    version: 2,
    manifest: { ...manifest, ...own } as unknown as ModelManifest,
    model: {
      format: 'pictor',
      producer: null,
      labels,
      input,
      inputRange: own.inputRange ?? '0..255',
      answers: 'probabilities',
      parameters: 0,
      network: {
        spec,
        weights,
        signatures: signatures ?? {
          serving_default: {
            input: { name: 'input_tensor', kind: 'pixels' },
            outputs: { output_0: { kind: 'probabilities' } },
          },
        },
      },
      graphs: {},
      signatures: {},
      layers: networkLayers(spec),
      warnings: [],
    },
    graph: compileInference(spec, weights, signatures ? servedLayers(signatures, spec) : []),
  };
}

async function refusal(promise: Promise<unknown>): Promise<PictorError> {
  const error = await promise.then(
    () => null,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(PictorError);
  return error as PictorError;
}

describe('exportModel', () => {
  it('writes a SavedModel with its report inside', async () => {
    const report = await exportModel(source(), 'savedmodel', at('model'));
    expect(report).toMatchObject({
      format: 'savedmodel',
      model: 'pets',
      version: 2,
      parity: { images: 8, top1Agreement: 1 },
      warnings: [],
    });
    expect(report.parity?.largestDifference).toBeLessThan(1e-6);
    expect(JSON.parse(await readFile(at('model/pictor-report.json'), 'utf8'))).toEqual(report);
    expect(await readFile(at('model/assets/labels.txt'), 'utf8')).toBe('cat\ndog\nKröte\n');
    expect(await readdir(folder)).toEqual(['model']);
  });

  it("compares a SavedModel by the signatures of the network's author", async () => {
    const signatures: SignatureSpecs = {
      look: { input: { name: 'raw', kind: 'pixels' }, outputs: { maps: { kind: 'layer', layer: 'features' } } },
    };
    const { parity } = await exportModel(source(3, { signatures }), 'savedmodel', at('model'));
    expect(parity?.largestDifference).toBeLessThan(1e-5);
  });

  it('says when no signature can be compared', async () => {
    const signatures: SignatureSpecs = {
      ask: { input: { name: 'files', kind: 'pictures' }, outputs: { best: { kind: 'topLabels', count: 1 } } },
    };
    const { parity, warnings } = await exportModel(source(3, { signatures }), 'savedmodel', at('model'));
    expect(parity).toBeNull();
    expect(warnings).toHaveLength(1);
  });

  it.each([1, 3] as const)('writes ONNX that resizes pictures of %i channels as Pictor does', async (channels) => {
    const from = source(channels);
    const { parity } = await exportModel(from, 'onnx', at('model.onnx'));
    expect(parity).toMatchObject({ top1Agreement: 1 });
    expect(await readdir(folder)).toEqual(['model.onnx', 'model.onnx.pictor-report.json']);
    const large = { height: 20, width: 31, channels };
    const pixels = Uint8Array.from({ length: 20 * 31 * channels }, (_, index) => (index * 37) % 251);
    const session = await openSession(at('model.onnx'));
    const shape = [1, 20, 31, channels];
    const [[, answer]] = await session.runNamed([['pictures', { type: 'uint8', shape, data: pixels }]], ['output_0']);
    await session.close();
    const seen = resizePixels({ data: pixels, ...large }, from.manifest.input!);
    const original = await openSession(from.graph);
    const expected = await original.run({
      input_tensor: { type: 'float32', shape: [1, 9, 8, channels], data: Float32Array.from(seen) },
    });
    await original.close();
    for (const [index, value] of (answer.data as Float32Array).entries()) {
      expect(value).toBeCloseTo(expected.output_0.data[index] as number, 3);
    }
  });

  it('writes the opset that is asked for, with labels and preprocessing in the notes', async () => {
    await exportModel(source(), 'onnx', at('model.onnx'), { opset: 13, preprocessing: false });
    const model = fromBinary(onnx.ModelProtoSchema, await readFile(at('model.onnx')));
    expect(model.opsetImport.map(({ version }) => version)).toEqual([13n]);
    expect(model.irVersion).toBe(7n);
    expect(model.graph?.input.map(({ name }) => name)).toEqual(['input_tensor']);
    const notes = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]));
    expect(notes).toMatchObject({
      labels: '["cat","dog","Kröte"]',
      input: '{"height":9,"width":8,"channels":3}',
      input_range: '0..255',
    });
    expect((await importModel(at('model.onnx'))).labels).toEqual(['cat', 'dog', 'Kröte']);
  });

  it.each([12, 22, 17.5])('refuses opset %d', async (opset) => {
    const { code } = await refusal(exportModel(source(), 'onnx', at('model.onnx'), { opset }));
    expect([code, await readdir(folder)]).toEqual(['export_option_invalid', []]);
  });

  it.each([
    ['keras', 'model.keras'],
    ['h5', 'model.h5'],
    ['tfjs', 'model'],
  ] as const)('writes %s', async (format, name) => {
    const { parity, files } = await exportModel(source(), format, at(name));
    expect(parity).toMatchObject({ images: 8, top1Agreement: 1 });
    expect(parity?.largestDifference).toBeLessThan(1e-6);
    expect(Object.keys(files)).toContain(format === 'tfjs' ? 'model.json' : name);
    const report = format === 'tfjs' ? 'model/pictor-report.json' : `${name}.pictor-report.json`;
    expect(JSON.parse(await readFile(at(report), 'utf8'))).toMatchObject({ format, parity });
    const { labels, network } = await importModel(at(name));
    expect(labels).toEqual(['cat', 'dog', 'Kröte']);
    const layersOf = (spec?: NetworkSpec) => spec?.nodes.map(({ name, layer }) => [name, layer]);
    expect(layersOf(network?.spec)).toEqual(layersOf(source().model.network?.spec));
  });

  it.each(['keras', 'tfjs'] as const)('leaves logits what they are in %s', async (format) => {
    const signatures: SignatureSpecs = {
      serving_default: { input: { name: 'raw', kind: 'pixels' }, outputs: { scores: { kind: 'logits' } } },
    };
    const { parity } = await exportModel(source(3, { signatures }), format, at('model'));
    expect(parity).toMatchObject({ top1Agreement: 1 });
    expect(await importModel(at('model'))).toMatchObject({ answers: 'logits' });
  });

  it('writes a TFaaS tarball that is read back', async () => {
    await exportModel(source(1), 'tfaas', at('pets.tar.gz'));
    expect(await readdir(folder)).toEqual(['pets.tar.gz']);
    expect((await readFile(at('pets.tar.gz'))).length).toBeGreaterThan(1000);
  });

  it.each(['keras', 'h5', 'savedmodel', 'tfjs', 'tfaas', 'onnx'] satisfies ExportFormat[])(
    'writes labels and the range of pixels into %s, where an import finds them',
    async (format) => {
      for (const inputRange of ['0..1', '-1..1'] as const) {
        await exportModel(source(3, { inputRange }), format, at('model'), { force: true, preprocessing: false });
        expect(await importModel(at('model'))).toMatchObject({ labels: ['cat', 'dog', 'Kröte'], inputRange });
      }
    },
  );

  it('replaces nothing that it was not told to replace', async () => {
    await writeFile(at('model.onnx'), 'mine');
    const refused = await refusal(exportModel(source(), 'onnx', at('model.onnx')));
    expect(refused.code).toBe('export_exists');
    expect(await readFile(at('model.onnx'), 'utf8')).toBe('mine');
    await exportModel(source(), 'onnx', at('model.onnx'), { force: true });
    expect((await readFile(at('model.onnx'))).length).toBeGreaterThan(100);
  });

  it('replaces a folder only when it holds an export', async () => {
    await mkdir(at('home'));
    await writeFile(at('home/letter.txt'), 'dear');
    const refused = await refusal(exportModel(source(), 'savedmodel', at('home'), { force: true }));
    expect(refused.code).toBe('export_exists');
    expect(await readdir(at('home'))).toEqual(['letter.txt']);
    await exportModel(source(), 'savedmodel', at('model'));
    const { createdAt } = await exportModel(source(), 'savedmodel', at('model'), { force: true });
    expect(JSON.parse(await readFile(at('model/pictor-report.json'), 'utf8')).createdAt).toBe(createdAt);
    expect((await readdir(folder)).sort()).toEqual(['home', 'model']);
  });

  it.each(['savedmodel', 'onnx', 'tfaas'] as const)(
    'leaves nothing behind when it is interrupted: %s',
    async (format) => {
      const signal = AbortSignal.abort(new PictorError('training_interrupted', 'Interrupted.'));
      await expect(exportModel(source(), format, at('model'), { signal })).rejects.toBe(signal.reason);
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it('leaves nothing behind where it may not write', async () => {
    await writeFile(at('file'), '');
    const { message } = await refusal(exportModel(source(), 'onnx', at('file/below/model.onnx'), { force: true }));
    expect(message).toContain('cannot be written');
    expect(await readdir(folder)).toEqual(['file']);
  });

  it.each(['savedmodel', 'tfaas', 'keras', 'h5', 'tfjs'] satisfies ExportFormat[])(
    'refuses to write a graph that was made elsewhere as %s',
    async (format) => {
      const own = source();
      const origin = { format: 'onnx', producer: null, file: 'resnet.onnx' };
      const foreign = {
        ...own,
        manifest: { ...own.manifest, network: null, origin } as ModelManifest,
        model: { ...own.model, network: null, graphs: { 'model.onnx': own.graph } },
      };
      const { code, message } = await refusal(exportModel(foreign, format, at('out')));
      expect(code).toBe('export_unsupported');
      expect(message).toContain('resnet.onnx');
      expect(await readdir(folder)).toEqual([]);
    },
  );
});
