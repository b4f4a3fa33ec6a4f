import { expect, it } from 'vitest';
import { TfServingMetrics } from './tfserving-metrics.ts';

const ok = { model: 'half_plus_two', api: 'predict', entrypoint: 'REST', status: 'OK', microseconds: 20 } as const;

it("has TensorFlow Serving's names, labels and buckets, in its exporter's form", async () => {
  const metrics = new TfServingMetrics();
  metrics.request(ok);
  metrics.request({ ...ok, microseconds: 5 });
  metrics.request({ ...ok, model: 'a"b\\c', status: 'NOT_FOUND' });
  metrics.batch({ sent: 3, padding: 1 }, [7]);
  const page = await metrics.page();
  const lines = page.split('\n');
  expect(page.endsWith('\n')).toBe(true);
  expect(page).not.toContain('# HELP');
  expect(lines).toContain('# TYPE :tensorflow:serving:request_count counter');
  expect(lines).toContain(':tensorflow:serving:request_count{model_name="half_plus_two",status="OK"} 2');
  expect(lines).toContain(':tensorflow:serving:request_count{model_name="a\\"b\\\\c",status="NOT_FOUND"} 1');
  const latency = ':tensorflow:serving:request_latency';
  const labels = 'model_name="half_plus_two",API="predict",entrypoint="REST"';
  expect(lines).toContain(`# TYPE ${latency} histogram`);
  // Source: reference section 6.
  const buckets = ['10', '18', '32.4', '58.32'].map((limit) => `${latency}_bucket{${labels},le="${limit}"}`);
  expect(lines.filter((line) => buckets.some((bucket) => line.startsWith(bucket)))).toEqual([
    `${buckets[0]} 1`,
    `${buckets[1]} 1`,
    `${buckets[2]} 2`,
    `${buckets[3]} 2`,
  ]);
  expect(lines.filter((line) => line.startsWith(`${latency}_bucket`))).toHaveLength(34);
  // 10 * 1.8^32 by C's printf("%g").
  expect(lines).toContain(`${latency}_bucket{${labels},le="1.47476e+09"} 2`);
  expect(lines).toContain(`${latency}_bucket{${labels},le="+Inf"} 2`);
  expect(lines).toContain(`${latency}_sum{${labels}} 25`);
  expect(lines).toContain(`${latency}_count{${labels}} 2`);
  expect(lines).toContain(':tensorflow:serving:batching_session:wrapped_run_count{} 1');
});

it('does not grow with names that clients make up', async () => {
  const metrics = new TfServingMetrics();
  for (let i = 0; i < 1500; i++) metrics.request({ ...ok, model: `m${i}`, status: 'NOT_FOUND' });
  const lines = (await metrics.page()).split('\n');
  expect(lines.filter((line) => line.includes('request_count{'))).toHaveLength(1001);
  expect(lines).toContain(':tensorflow:serving:request_count{model_name="other",status="NOT_FOUND"} 500');
});

it('forgets the warm-up of a version that is gone', async () => {
  const metrics = new TfServingMetrics();
  for (const status of ['INVALID_ARGUMENT', 'OK']) metrics.warmedUp('/models/half/1', status, 2, 20);
  metrics.warmedUp('/models/half/2', 'OK', 2, 20);
  metrics.folderGone('/models/half/1');
  const page = await metrics.page();
  expect(page).not.toContain('/models/half/1');
  expect(page).toContain(':tensorflow:serving:model_warmup_records_read{model_path="/models/half/2"} 2');
});
