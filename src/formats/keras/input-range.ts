/** @file What the numbers of a picture mean to a network, as its first layer tells. */
import type { InputRange, LayerNode } from '../../contracts/index.ts';

/** Layers that leave the meaning of pixels as it is. */
const KEEPS_PIXELS: ReadonlySet<LayerNode['layer']> = new Set([
  'Resizing',
  'CenterCrop',
  'ZeroPadding2D',
  'Cropping2D',
  'Reshape',
  'Flatten',
  'Permute',
]);

/** Scales below this make small numbers of 0..255; of 0..1 they would leave next to nothing. */
const SMALL_SCALE = 1 / 32;

/** Null when the first layers do not scale the picture. */
export function inputRangeOf(nodes: readonly LayerNode[]): InputRange | null {
  let value = 'input';
  for (let steps = 0; steps < nodes.length; steps++) {
    const takers = nodes.filter(({ inputs }) => inputs.includes(value));
    if (takers.length !== 1) return null;
    const [node] = takers;
    const range = rangeBefore(node);
    if (range) return range;
    // Several steps may make one scaling: x + 1, then x / 2.
    if (!KEEPS_PIXELS.has(node.layer)) return null;
    value = node.name;
  }
  return null;
}

function rangeBefore(node: LayerNode): InputRange | null {
  if (node.layer === 'Normalization') {
    // Means of pictures: about 0.5 of 0..1, about 120 of 0..255.
    return Math.max(...[node.config.mean].flat()) > 2 ? '0..255' : null;
  }
  if (node.layer !== 'Rescaling') return null;
  const scale = Math.max(...[node.config.scale].flat());
  const offset = Math.max(...[node.config.offset ?? 0].flat());
  if (scale > 0 && scale <= SMALL_SCALE) return '0..255';
  if (scale === 2 && offset === -1) return '0..1';
  if (scale === 255 && offset === 0) return '0..1';
  if (scale === 127.5 && offset === 127.5) return '-1..1';
  // Means that are taken off pixels, as ResNet50 and VGG do.
  return scale === 1 && offset < -2 ? '0..255' : null;
}
