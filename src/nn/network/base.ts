/** @file The two parts of a network: a base that finds features, and a head that names classes by them. */
import type { NetworkSpec } from '../../contracts/index.ts';
import { resolveNetwork } from './resolve.ts';

/**
 * Names of the layers of the base: `spec.base` and all that it is computed from; without one, all but the last layer with
 * weights. In the order of the network.
 * @throws `network_invalid`
 */
export function baseLayers(spec: NetworkSpec): ReadonlySet<string> {
  const inputs = new Map(spec.nodes.map((node) => [node.name, node.inputs]));
  const needed = new Set<string>();
  const waiting = spec.base === undefined ? inputsOfHead(spec) : [spec.base];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (needed.has(name) || !inputs.has(name)) continue;
    needed.add(name);
    waiting.push(...(inputs.get(name) ?? []));
  }
  return new Set(spec.nodes.filter(({ name }) => needed.has(name)).map(({ name }) => name));
}

/** Names of the layers that are not of the base. @throws `network_invalid` */
export function headLayers(spec: NetworkSpec): ReadonlySet<string> {
  const base = baseLayers(spec);
  return new Set(spec.nodes.filter(({ name }) => !base.has(name)).map(({ name }) => name));
}

function inputsOfHead(spec: NetworkSpec): string[] {
  const last = resolveNetwork(spec).findLast(({ parameters }) => parameters.length > 0);
  return [...(last?.node.inputs ?? [])];
}
