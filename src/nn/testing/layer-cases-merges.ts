/** @file Cases of layers that merge several inputs. */
import type { LayerType } from '../../contracts/index.ts';
import type { LayerCase, LayerCaseInput } from './layer-case.ts';

type Merge = Extract<LayerType, 'Add' | 'Subtract' | 'Multiply' | 'Average' | 'Maximum' | 'Concatenate'>;

const two: readonly LayerCaseInput[] = [{ filters: 2 }, { filters: 2 }];
const three: readonly LayerCaseInput[] = [...two, { filters: 2 }];
const stretched: readonly LayerCaseInput[] = [{ filters: 2 }, { filters: 2, onePixel: true }];
const outputShape = [5, 6, 2];

export const MERGE_CASES: { readonly [T in Merge]: readonly LayerCase<T>[] } = {
  Add: [
    { what: 'two', inputs: two, config: {}, outputShape },
    { what: 'three', inputs: three, config: {}, outputShape },
    { what: 'one for all pixels', inputs: stretched, config: {}, outputShape },
    { what: 'one', inputs: [{ filters: 2 }], config: {}, outputShape },
    { what: 'rows', inputs: two, flat: true, config: {}, outputShape: [60] },
  ],
  Subtract: [
    { what: 'two', inputs: two, config: {}, outputShape },
    { what: 'one for all pixels', inputs: stretched, config: {}, outputShape },
  ],
  Multiply: [
    { what: 'three', inputs: three, config: {}, outputShape },
    { what: 'one for all pixels', inputs: stretched, config: {}, outputShape },
  ],
  Average: [{ what: 'three', inputs: three, config: {}, outputShape }],
  Maximum: [{ what: 'three', inputs: three, config: {}, outputShape }],
  Concatenate: [
    { what: 'channels', inputs: [{ filters: 1 }, { filters: 3 }], config: {}, outputShape: [5, 6, 4] },
    { what: 'rows of pixels', inputs: two, config: { axis: 1 }, outputShape: [10, 6, 2] },
    { what: 'columns of pixels', inputs: two, config: { axis: -2 }, outputShape: [5, 12, 2] },
    { what: 'flat', inputs: two, flat: true, config: {}, outputShape: [120] },
    { what: 'one', inputs: [{ filters: 2 }], config: {}, outputShape },
  ],
};
