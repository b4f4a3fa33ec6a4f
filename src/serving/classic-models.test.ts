/** @file Models as TensorFlow Serving's tutorials export them answer over REST as TensorFlow does. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importModel } from '../formats/index.ts';
import { CLASSIC_ANSWERS, CLASSIC_FOLDER, type ClassicScalar, type ClassicTensor } from './testing/classic-answers.ts';
import { type ServingFixture, serveFolder } from './testing/serving-fixture.ts';
import { tfServingClient } from './testing/tfserving-client.ts';

type Nested = ClassicScalar | readonly Nested[];

function nested({ shape, values }: ClassicTensor): Nested {
  if (shape.length === 0) return values[0];
  const size = values.length / shape[0];
  return Array.from({ length: shape[0] }, (_, i) =>
    nested({ shape: shape.slice(1), values: values.slice(i * size, (i + 1) * size) }),
  );
}

/** Texts as REST gives them. */
function plain(value: ClassicScalar): number | string {
  return typeof value === 'object' ? Buffer.from(value.b64, 'base64').toString('utf8') : value;
}

/** Texts must be the same; numbers may differ by `tolerance`. */
function expectTensor(found: unknown, { shape, values }: ClassicTensor, tolerance: number): void {
  const sizes: number[] = [];
  for (let at = found; Array.isArray(at); at = at[0]) sizes.push(at.length);
  expect(sizes).toEqual(shape);
  const flat = (Array.isArray(found) ? found.flat(Number.POSITIVE_INFINITY) : [found]) as (number | string)[];
  for (const [i, value] of values.map(plain).entries()) {
    if (typeof value === 'string') expect(flat[i]).toBe(value);
    else expect(Math.abs((flat[i] as number) - value)).toBeLessThan(tolerance);
  }
}

describe('models of the tutorials', () => {
  let fixture: ServingFixture;
  const { send } = tfServingClient(() => fixture);

  beforeAll(async () => {
    fixture = await serveFolder();
    for (const name of new Set(CLASSIC_ANSWERS.map(({ model }) => model))) {
      const imported = await importModel(path.join(CLASSIC_FOLDER, name));
      expect(imported.warnings).toEqual([]);
      await fixture.registry.publishImported(imported, { name, file: name });
    }
  });
  afterAll(() => fixture?.close());

  const ask = async (call: string, body: object) => {
    const { status, body: text } = await send('POST', `/v1/models/${call}`, JSON.stringify(body));
    expect([status, text]).toEqual([200, expect.anything()]);
    return JSON.parse(text);
  };

  it.each(CLASSIC_ANSWERS.map((asked, number) => [asked.model, asked.signature, number, asked] as const))(
    '%s: %s (%i)',
    async (model, signature_name, _number, { inputs, outputs }) => {
      const sent = Object.fromEntries(Object.entries(inputs).map(([alias, tensor]) => [alias, nested(tensor)]));
      const answer = (await ask(`${model}:predict`, { signature_name, inputs: sent })).outputs;
      const names = Object.keys(outputs);
      for (const name of names) expectTensor(names.length === 1 ? answer : answer[name], outputs[name], 1e-5);
    },
  );
});
