/** @file Where layers were written, so that an error about one leads there and not into this package. */
import { PictorError } from '../../contracts/index.ts';

/** By layer and by node. The stack of an `Error` becomes text only when somebody reads it. */
const places = new WeakMap<object, Error>();

/** Remembers that the caller's caller made a layer. */
export function markPlace(layer: object): void {
  places.set(layer, new Error());
}

/** A node is where its layer is. */
export function keepPlace(layer: object, node: object): void {
  const place = places.get(layer);
  if (place) places.set(node, place);
}

/** Gives an error the stack of the place where a node's layer was made; without such a place, nothing changes. */
export function pointTo<E extends Error>(error: E, node: object | undefined): E {
  const frames = node && places.get(node)?.stack?.split('\n').slice(1).join('\n');
  if (frames) error.stack = `${error.name}: ${error.message}\n${frames}`;
  return error;
}

/** Points an error that names a layer to it. */
export function pointToLayer(error: unknown, nodes: readonly { readonly name: string }[]): unknown {
  if (!(error instanceof PictorError)) return error;
  return pointTo(
    error,
    nodes.find((node) => node.name === error.details?.layer),
  );
}
