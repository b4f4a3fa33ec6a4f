/** @file Calls of TensorFlow Serving's REST protocol to a fixture, and a picture to send. */
import { answerTfServing, type TfServingRequest } from '../tfserving/rest.ts';
import type { ServingFixture } from './serving-fixture.ts';

/** Of the tiny model's own size. */
export const PICTURE = [
  [[0], [50]],
  [[100], [255]],
];

/** @param fixture asked at every call: tests have it once they run */
export function tfServingClient(fixture: () => ServingFixture) {
  const send = (method: string, path: string, body: string | Uint8Array = '', more: Partial<TfServingRequest> = {}) =>
    answerTfServing(fixture().predictor, { method, path, body: Buffer.from(body), ...more });
  const predict = (body: unknown, path = '/v1/models/digits:predict') =>
    send('POST', path, typeof body === 'string' ? body : JSON.stringify(body));
  return { send, predict };
}
