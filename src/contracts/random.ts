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
    // Chosen by the sign of the difference: a branch that is taken at random costs more than all the rest.
    const choices = Float32Array.of(1 / (1 - rate), 0);
    // The generator's state in locals: the same numbers as `nextUint32`, faster.
    let a = this.#a;
    let b = this.#b;
    let c = this.#c;
    let counter = this.#counter;
    for (let i = 0; i < mask.length; i += 2) {
      const draw = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + draw) | 0;
      mask[i] = choices[((draw & 0xffff) - threshold) >>> 31];
      if (i + 1 < mask.length) mask[i + 1] = choices[((draw >>> 16) - threshold) >>> 31];
    }
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#counter = counter;
  }
}

/** FNV-1a. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
