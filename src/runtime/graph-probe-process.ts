/** @file The process of one probe: loads a graph from its standard input, runs it if asked to, and says what it found. */
import { writeFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { GraphProbe, ProbedValue, ProbeReply, ProbeRequest } from './graph-probe.ts';

const request: ProbeRequest = JSON.parse(process.argv[2]);

/** Where memory runs out, this process shall end, not the one that asks. */
function goFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Only Linux has it.
  }
}

async function graphBytes(): Promise<Uint8Array> {
  const bytes = new Uint8Array(request.bytes);
  let at = 0;
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

async function probe(): Promise<GraphProbe> {
  const session = await InferenceSession.create(await graphBytes(), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    // To be looked at, as the graph stands: a rewritten one has other values inside. To be run, as it is served.
    graphOptimizationLevel: request.run ? 'all' : 'disabled',
    logSeverityLevel: 4,
  });
  if (request.run) await session.run(zeros(session, request.run), { logSeverityLevel: 4 });
  return { inputs: session.inputMetadata.map(probed), outputs: session.outputMetadata.map(probed) };
}

function zeros(session: InferenceSession, shapes: NonNullable<ProbeRequest['run']>): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  for (const value of session.inputMetadata) {
    const shape = shapes[value.name];
    if (!value.isTensor || !shape) continue;
    const count = shape.reduce((product, side) => product * side, 1);
    feeds[value.name] = new Tensor(value.type, ZEROS[value.type as keyof typeof ZEROS](count) as Float32Array, shape);
  }
  return feeds;
}

const ZEROS = {
  float32: (count: number) => new Float32Array(count),
  float64: (count: number) => new Float64Array(count),
  float16: (count: number) => new Uint16Array(count),
  int8: (count: number) => new Int8Array(count),
  uint8: (count: number) => new Uint8Array(count),
  int16: (count: number) => new Int16Array(count),
  uint16: (count: number) => new Uint16Array(count),
  int32: (count: number) => new Int32Array(count),
  uint32: (count: number) => new Uint32Array(count),
  int64: (count: number) => new BigInt64Array(count),
  uint64: (count: number) => new BigUint64Array(count),
  bool: (count: number) => new Uint8Array(count),
};

function probed(value: InferenceSession.ValueMetadata): ProbedValue {
  if (!value.isTensor) return { name: value.name, tensor: null };
  const shape = value.shape.map((side) => (typeof side === 'number' && side >= 0 ? side : -1));
  return { name: value.name, tensor: { type: value.type, shape } };
}

goFirst();
const reply: ProbeReply = await probe().then(
  (found) => ({ probe: found }),
  (error: unknown) => ({ error: String((error as Error).message ?? error) }),
);
process.stdout.write(JSON.stringify(reply), () => process.exit());
