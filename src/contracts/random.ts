/** @file Seeded random numbers: what "same seed, same result" means in every room. */

/**
 * A small fast counting generator (sfc32, by Chris Doty-Humphrey; passes PractRand).
 * The same seed and the same calls give the same numbers on every machine.
 */
export class RandomGenerator {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed any integer; @param stream keeps uses of one seed apart, such as `shuffle/3`. */
  constructor(seed: number, stream = '') {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / 2 ** 32) >>> 0;
    this.#c = hashText(stream);
    for (let i = 0; i < 12; i++) this.nextUint32();
  }

  /** Uniform in 0..2³²-1. */
  nextUint32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** Uniform in [0, 1), 32 bits. */
  nextFloat(): number {
    return this.nextUint32() / 2 ** 32;
  }

  /** Uniform in [low, high). */
  nextBetween(low: number, high: number): number {
    return low + (high - low) * this.nextFloat();
  }

  /** Uniform integer in [0, bound). */
  nextInteger(bound: number): number {
    return Math.floor(this.nextFloat() * bound);
  }

  /** Standard normal (Box-Muller). */
  nextNormal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.nextFloat()));
    return radius * Math.cos(2 * Math.PI * this.nextFloat());
  }

  /** Fisher-Yates, in place. */
  shuffle(items: Int32Array | number[]): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.nextInteger(i + 1);
      const kept = items[i];
      items[i] = items[j];
      items[j] = kept;
    }
  }

  /**
   * Fills a dropout mask: 0 with probability `rate`, else `1 / (1 - rate)`.
   * The probability is a multiple of 2⁻¹⁶, so that one 32-bit draw serves two elements.
   */
  fillDropoutMask(mask: Float32Array, rate: number): void {
    const threshold = Math.round(rate * 65536);
    const kept = 1 / (1 - rate);
    const pairs = mask.length - (mask.length % 2);
    for (let i = 0; i < pairs; i += 2) {
      const draw = this.nextUint32();
      mask[i] = (draw & 0xffff) < threshold ? 0 : kept;
      mask[i + 1] = draw >>> 16 < threshold ? 0 : kept;
    }
    if (pairs < mask.length) mask[pairs] = (this.nextUint32() & 0xffff) < threshold ? 0 : kept;
  }
}

/** FNV-1a. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
