/** @file Runs a signature of a model that was read, with decoded pictures where it takes files. */
import { PICTURE_NODE } from '../../../../contracts/index.ts';
import { openSession, type Tensors } from '../../../../runtime/index.ts';
import type { ImportedModel } from '../../../imported-model.ts';

/** @param feeds uint8 `[n, height, width, channels]` for what takes files, by its input or feature */
export async function runSignature(model: ImportedModel, signature: string, feeds: Tensors): Promise<Tensors> {
  const { graph, pictures = {} } = model.signatures[signature];
  const given: Record<string, Tensors[string]> = { ...feeds };
  for (const [alias, { graph: preparing, nodes }] of Object.entries(pictures)) {
    const { shape, data } = feeds[alias];
    delete given[alias];
    const parts: Tensors[] = [];
    for (let i = 0; i < shape[0]; i++) {
      const size = data.length / shape[0];
      const pixels = (data as Uint8Array).slice(i * size, (i + 1) * size);
      const picture = { type: 'uint8', shape: shape.slice(1), data: pixels } as const;
      parts.push(await run(model.graphs[preparing], { [PICTURE_NODE]: picture }));
    }
    for (const node of Object.keys(nodes)) {
      const first = parts[0][node];
      const all = parts.flatMap((part) => Array.from(part[node].data as Float32Array));
      given[node] = {
        ...first,
        shape: [parts.length, ...first.shape.slice(1)],
        data: Float32Array.from(all),
      } as typeof first;
    }
  }
  return run(model.graphs[graph], given);
}

async function run(graph: Uint8Array, feeds: Tensors): Promise<Tensors> {
  const session = await openSession(graph);
  const answers = await session.run(feeds);
  await session.close();
  return answers;
}
