/** @file What a pickle of arrays and containers can hold. */
import type { ArrayHeader } from './ndarray.ts';

export type PickleValue =
  | null
  | boolean
  | number
  | PickleBytes
  | PickleGlobal
  | PickleDtype
  | PickleArray
  | PickleValue[]
  | Map<string, PickleValue>;

/** A string of either kind; Python 2 made no difference. Not copied: it may be all of an array's data. */
export class PickleBytes {
  readonly data: Uint8Array;
  readonly isText: boolean;

  constructor(data: Uint8Array, isText: boolean) {
    this.data = data;
    this.isText = isText;
  }

  get text(): string {
    return Buffer.from(this.data.buffer, this.data.byteOffset, this.data.length).toString(
      this.isText ? 'utf8' : 'latin1',
    );
  }
}

export class PickleGlobal {
  /** `module name` */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

export class PickleDtype {
  /** Kind and size, such as `f4`. */
  readonly element: string;
  order = '|';

  constructor(element: string) {
    this.element = element;
  }
}

export class PickleArray {
  header: ArrayHeader | null = null;
  data: Uint8Array = new Uint8Array(0);
}
