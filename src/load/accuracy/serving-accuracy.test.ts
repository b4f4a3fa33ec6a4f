/** @file A server of ours, asked over REST and gRPC as any other. */
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SplitReader } from '../../dataset/index.ts';
import { tinyModel, tinyProbabilities } from '../../registry/testing/tiny-model.ts';
import { startGrpc } from '../../server/grpc/start-grpc.ts';
import { openInferenceServer } from '../../server/open-inference.ts';
import { openServer, type ServerFixture } from '../../server/testing/server-fixture.ts';
import { halfPlusTwo } from '../../serving/testing/graph-models.ts';
import { until } from '../../serving/testing/serving-fixture.ts';
import { imageOf, remoteSignatures } from './remote-model.ts';
import { servingAccuracies } from './serving-accuracy.ts';
import { highest } from './ways.ts';

const image = { height: 2, width: 2, channels: 1 } as const;
const bias = [0.3, 0, -0.2];
/** Pictures of one brightness; the last of them is told to be of another class than the model says. */
const shades = Array.from({ length: 70 }, (_, index) => (index * 37) % 256);
const labels = Int32Array.from(shades, (shade) => highest(tinyProbabilities(Array(4).fill(shade), bias)));
labels[69] = (labels[69] + 1) % 3;
const pictures: SplitReader = {
  count: shades.length,
  imageBytes: 4,
  labels,
  readImages: (indices, target) => {
    for (const [at, index] of Array.from(indices).entries()) target.fill(shades[index], at * 4, at * 4 + 4);
  },
  close: () => {},
};

let fixture: ServerFixture;
let url: URL;
let grpc: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  fixture = await openServer();
  const { registry, predictor } = fixture.services;
  await registry.publish(tinyModel({ bias }), { name: 'digits' });
  await registry.publishImported(halfPlusTwo(), { name: 'half', file: 'half' });
  await until(async () => (await predictor.status('digits'))[0]?.state === 'AVAILABLE');
  await fixture.restApp.listen({ host: '127.0.0.1', port: 0 });
  url = new URL(`http://127.0.0.1:${(fixture.restApp.server.address() as AddressInfo).port}`);
  const server = await startGrpc({
    ...openInferenceServer(fixture.services),
    ...{ port: 0, maxMessageBytes: 1_000_000, onInternal: () => {} },
  });
  grpc = server.address as string;
  stop = () => server.close(0);
});
afterAll(async () => {
  await stop();
  // Clients keep their connections.
  fixture.restApp.server.closeAllConnections();
  await fixture.close();
});

describe('accuracy of a model on a server', () => {
  it('is the same in all four ways', async () => {
    const model = { url, name: 'digits', version: undefined };
    const signatures = await remoteSignatures(model);
    expect(signatures).toMatchObject({
      version: '1',
      tensors: { signature: 'serving_default', input: 'input_tensor', classes: 3, outputs: 1 },
      bytes: { signature: 'serving_bytes', input: 'image_bytes_string' },
    });
    expect(signatures.tensors && imageOf(signatures.tensors)).toEqual(image);
    const ask = (address: string | null) =>
      servingAccuracies({ model, signatures, grpc: address, pictures, image, classes: 3 });
    const share = 69 / 70;
    expect(await ask(grpc)).toEqual({ restTensors: share, restBytes: share, grpcTensors: share, grpcBytes: share });
    expect(await ask(null)).toEqual({ restTensors: share, restBytes: share, grpcTensors: null, grpcBytes: null });
  });

  it('needs a signature for pictures, their size and their classes', async () => {
    const model = (name: string, version?: number) => ({ url, name, version });
    await expect(remoteSignatures(model('nope'))).rejects.toMatchObject({ code: 'url_status' });
    await expect(remoteSignatures(model('digits', 9))).rejects.toMatchObject({ code: 'url_status' });
    const ask = async (name: string, classes: number) => {
      const signatures = await remoteSignatures(model(name));
      return servingAccuracies({ model: model(name), signatures, grpc: null, pictures, image, classes });
    };
    await expect(ask('digits', 4)).rejects.toMatchObject({ code: 'test_classes_differ' });
    await expect(ask('half', 1)).rejects.toMatchObject({ code: 'input_shape_mismatch' });
  });
});
