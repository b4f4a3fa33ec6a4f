/** @file What an HDF5 file holds, as plain data: the hand-over between the thread that reads it and its caller. */

/** Text attributes by name; a single text and a list of texts look alike: a list. Other attributes are left out. */
export type Hdf5Attributes = ReadonlyMap<string, readonly string[]>;

export interface Hdf5Dataset {
  /** Absolute, such as `/conv1/kernel:0`. */
  readonly path: string;
  readonly shape: readonly number[];
  /** Whether its numbers can be read as float32: floats of 32 or 64 bits. */
  readonly readable: boolean;
  /** For people, such as `float16` or `text`. */
  readonly type: string;
  /** Of one number. */
  readonly bytes: number;
  /** Whether its numbers are packed, so that the file may be smaller than they are. */
  readonly packed: boolean;
}

export interface Hdf5Contents {
  /** Every group by its absolute path; the root is `/`. */
  readonly groups: ReadonlyMap<string, Hdf5Attributes>;
  readonly datasets: ReadonlyMap<string, Hdf5Dataset>;
}

/** What a file may cost before any of its numbers are read. */
export const HDF5_LIMITS = {
  /** Groups and datasets together. */
  objects: 50_000,
  depth: 24,
  /** Elements of one text attribute. */
  texts: 20_000,
  /** Characters of one text attribute, all elements together: a network's description has some hundred thousand. */
  characters: 64 << 20,
  /** Elements of one dataset. */
  elements: 500_000_000,
  /** How much smaller packing makes numbers at most: deflate, of zeros. */
  packing: 1032,
} as const;
