/** @file Figures while versions come and go: what the server keeps of a version goes with it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tinyModel } from '../../registry/testing/tiny-model.ts';
import { type ServingFixture, serveFolder, until } from '../../serving/testing/serving-fixture.ts';
import { observeServing } from './observe-serving.ts';
import { ServerMetrics } from './server-metrics.ts';

let fixture: ServingFixture;
let metrics: ServerMetrics;
beforeEach(async () => {
  fixture = await serveFolder();
  metrics = new ServerMetrics(() => fixture.predictor, { process: false });
  observeServing(fixture.predictor, metrics);
});
afterEach(() => fixture.close());

/** A new version that answered once, the only one of its model. */
async function swap(): Promise<void> {
  const { registry, predictor } = fixture;
  const { version } = await registry.publish(tinyModel(), { name: 'digits' });
  await predictor.use({ name: 'digits', version }, (model) => model.predictPixels(new Float32Array(4), 1));
  if (version > 1) await registry.delete('digits', version - 1);
  await registry.refresh();
  await until(() => predictor.models()[0].versions.length === 1 && predictor.pending().length === 1);
}

const seriesOf = async () => (await metrics.page()).split('\n').filter((line) => line.includes('{'));

it('has as many series and statistics after many versions as after one', async () => {
  await swap();
  const before = await seriesOf();
  for (let i = 0; i < 4; i++) await swap();
  // A count of versions that are gone is there once for all of them.
  await until(async () => (await seriesOf()).includes('pictor_model_loads_total{model="digits",outcome="unloaded"} 4'));
  const after = await seriesOf();
  expect(before).toContain('pictor_batch_rows_count{model="digits",version="1"} 1');
  expect(after).toContain('pictor_batch_rows_count{model="digits",version="5"} 1');
  expect(after).toHaveLength(before.length + 1);
  expect(fixture.predictor.statistics().map(({ version }) => version)).toEqual([5]);
});
