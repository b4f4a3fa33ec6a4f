import { expect, it } from 'vitest';
import { reasonOf } from './try-signature.ts';

const failure = (name: string, status: string): string =>
  `Non-zero status code returned while running Op node. Name:'${name}' Status Message: ${status}`;

// What onnxruntime 1.30 says.
it.each([
  [
    failure('', 'element_wise_ops.cc:692 Compute Integer division by zero.\n'),
    'its operator Op cannot be run: Integer division by zero.',
  ],
  [
    failure(
      'y',
      '/onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:360 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Failed to allocate memory for requested buffer of size 17592186044416',
    ),
    'its operator Op ("y") cannot be run: Failed to allocate memory for requested buffer of size 17592186044416',
  ],
  [
    failure(
      'Op_3',
      '/onnxruntime_src/onnxruntime/core/providers/cpu/tensor/reshape_helper.h:47 onnxruntime::ReshapeHelper::ReshapeHelper(const onnxruntime::TensorShape&, onnxruntime::TensorShapeVector&, bool) input_shape_size == size was false. The input tensor cannot be reshaped to the requested shape. Input shape:{1,8}, requested shape:{-1,7}',
    ),
    'its operator Op ("model/rows") cannot be run: The input tensor cannot be reshaped to the requested shape. Input shape:{1,8}, requested shape:{-1,7}',
  ],
  [
    'loading and running it takes longer than 120 s',
    'it cannot be run: loading and running it takes longer than 120 s',
  ],
])('%s', (text, reason) => {
  expect(reasonOf(text, new Map([['Op_3', 'model/rows']]))).toBe(reason);
});
