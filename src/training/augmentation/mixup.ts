/** @file Mixup (Zhang et al., 2017): a picture and its label become part of another one. */
import type { RandomGenerator } from '../../contracts/index.ts';

/** A draw from Beta(α, α): the share of the first of two pictures. */
export function drawShare(generator: RandomGenerator, alpha: number): number {
  const first = drawGamma(generator, alpha);
  const second = drawGamma(generator, alpha);
  return first + second > 0 ? first / (first + second) : 0.5;
}

/** In place: `share` of the picture and the rest of the other one. @param share 0..1, of `pixels` */
export function mix(pixels: Uint8Array, start: number, end: number, other: Uint8Array, share: number): void {
  // 14 bits: times a pixel it stays a small integer.
  const weight = Math.round(share * 16384);
  const rest = 16384 - weight;
  for (let at = start, from = 0; at < end; at++, from++) {
    pixels[at] = (pixels[at] * weight + other[from] * rest + 8192) >> 14;
  }
}

/** Marsaglia and Tsang, 2000; below 1 by `Gamma(α + 1) * U^(1/α)`. */
function drawGamma(generator: RandomGenerator, alpha: number): number {
  if (alpha < 1) return drawGamma(generator, alpha + 1) * (1 - generator.nextFloat()) ** (1 / alpha);
  const d = alpha - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = generator.nextNormal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - generator.nextFloat()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
