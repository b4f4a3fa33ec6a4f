/** @file A server of folders answers for models of TensorFlow Serving's tutorials over REST and gRPC: classify, and pictures. */
import { cpSync } from 'node:fs';
import path from 'node:path';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serving, tf } from '../proto/index.ts';
import { CLASSIC_ANSWERS, CLASSIC_FOLDER, type ClassicTensor } from '../serving/testing/classic-answers.ts';
import { type GrpcCaller, grpcCaller } from './testing/grpc-client.ts';
import { type ModelFolders, modelFolders, type StartedServer } from './testing/model-server-fixture.ts';

const PICTURES = CLASSIC_ANSWERS.find(
  ({ model, signature }) => model === 'inception' && signature === 'predict_images',
)!;

let folders: ModelFolders;
let server: StartedServer;
let client: GrpcCaller;
beforeAll(async () => {
  folders = await modelFolders([]);
  const basePath = path.join(folders.directory, 'inception');
  cpSync(path.join(CLASSIC_FOLDER, 'inception'), path.join(basePath, '1'), { recursive: true });
  server = await folders.start({ model: { name: 'inception', basePath }, grpcPort: 0 });
  client = grpcCaller(server.grpcAddress!);
});
afterAll(async () => {
  client?.close();
  await server?.close();
  await folders?.remove();
});

const text = (value: ClassicTensor['values'][number]) => Buffer.from((value as { b64: string }).b64, 'base64');
const [files, labels] = [
  PICTURES.inputs.images.values.map(text),
  PICTURES.outputs.classes.values.map(text).map(String),
];
const scores = PICTURES.outputs.scores.values as readonly number[];

function expectClasses(found: readonly (readonly (readonly [string, number])[])[]): void {
  const flat = found.flat();
  expect(flat.map(([label]) => label)).toEqual(labels);
  for (const [i, [, score]] of flat.entries()) expect(Math.abs(score - scores[i])).toBeLessThan(1e-5);
}

it('classify over REST, with pictures in base64', async () => {
  const examples = files.map((file) => ({ 'image/encoded': { b64: file.toString('base64') } }));
  const response = await fetch(`${server.url}/v1/models/inception:classify`, {
    method: 'POST',
    body: JSON.stringify({ examples }),
  });
  const { results } = (await response.json()) as { results: [string, number][][] };
  expectClasses(results);
});

it('predict over REST, in rows', async () => {
  const instances = files.map((file) => ({ b64: file.toString('base64') }));
  const response = await fetch(`${server.url}/v1/models/inception:predict`, {
    method: 'POST',
    body: JSON.stringify({ signature_name: 'predict_images', instances }),
  });
  const { predictions } = (await response.json()) as { predictions: { classes: string[]; scores: number[] }[] };
  expectClasses(predictions.map(({ classes, scores: found }) => classes.map((label, i) => [label, found[i]])));
});

it('classify over gRPC', async () => {
  const examples = files.map((file) => {
    const picture = create(tf.FeatureSchema, { kind: { case: 'bytesList', value: { value: [file] } } });
    return create(tf.ExampleSchema, { features: { feature: { 'image/encoded': picture } } });
  });
  const { result } = await client.call(serving.PredictionService.method.classify, {
    modelSpec: { name: 'inception' },
    input: { kind: { case: 'exampleList', value: { examples } } },
  });
  expectClasses(
    (result?.classifications ?? []).map(({ classes }) => classes.map(({ label, score }) => [label, score])),
  );
});
