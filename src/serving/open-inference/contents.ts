/** @file Tensors as lists of typed numbers: `InferTensorContents` of gRPC. */
import { create } from '@bufbuild/protobuf';
import type { DataType, TensorStorage, TensorValue } from '../../contracts/index.ts';
import { inference } from '../../proto/index.ts';
import { newStorage, tensorValue } from '../tensors/storage.ts';
import { checkWrittenSize } from '../tensors/written-size.ts';
import { DATATYPES } from './datatypes.ts';
import { invalid, OpenInferenceError } from './status.ts';
import type { Declared } from './tensors.ts';

type Contents = Omit<inference.InferTensorContents, '$typeName' | '$unknown'>;

/** The list of each type; null where there is none: those travel as raw bytes alone. */
const LISTS = {
  DT_BOOL: 'boolContents',
  DT_INT8: 'intContents',
  DT_INT16: 'intContents',
  DT_INT32: 'intContents',
  DT_INT64: 'int64Contents',
  DT_UINT8: 'uintContents',
  DT_UINT16: 'uintContents',
  DT_UINT32: 'uintContents',
  DT_UINT64: 'uint64Contents',
  DT_FLOAT: 'fp32Contents',
  DT_DOUBLE: 'fp64Contents',
  DT_STRING: 'bytesContents',
  DT_HALF: null,
  DT_BFLOAT16: null,
} as const satisfies Record<DataType, keyof Contents | null>;

/** @throws OpenInferenceError when the list is another type's, or not as long as the shape says */
export function tensorOfContents({ name, dtype, shape, count }: Declared, contents: Contents): TensorValue {
  const list = LISTS[dtype];
  if (list === null) {
    throw invalid(`input '${name}' has the datatype ${DATATYPES[dtype]}, which only raw_input_contents can hold`);
  }
  const given: readonly (number | bigint | boolean | Uint8Array)[] = contents[list];
  if (given.length !== count) {
    throw invalid(`input '${name}' has ${given.length} elements in ${FIELD_NAMES[list]}, but its shape makes ${count}`);
  }
  if (dtype === 'DT_STRING') return tensorValue(dtype, shape, contents.bytesContents);
  const storage = newStorage(dtype, count);
  // All of a list are of one kind, that of the storage; numbers out of the type's range wrap.
  const target = storage as { [index: number]: unknown };
  for (let i = 0; i < count; i++) target[i] = given[i];
  return tensorValue(dtype, shape, storage as TensorStorage[typeof dtype]);
}

/** @throws OpenInferenceError for types that have no list, `request_too_large` */
export function contentsOfTensor(name: string, value: TensorValue): inference.InferTensorContents {
  checkWrittenSize(value, 'a list');
  return create(inference.InferTensorContentsSchema, listOf(name, value));
}

function listOf(name: string, value: TensorValue): Partial<Contents> {
  switch (value.dtype) {
    case 'DT_HALF':
    case 'DT_BFLOAT16':
      throw new OpenInferenceError(
        'INVALID_ARGUMENT',
        `output '${name}' has the datatype ${DATATYPES[value.dtype]}, which only raw_output_contents can hold: send raw_input_contents to be answered so`,
      );
    case 'DT_STRING':
      return { bytesContents: [...value.data] };
    case 'DT_BOOL':
      return { boolContents: Array.from(value.data, (bit) => bit !== 0) };
    case 'DT_INT64':
      return { int64Contents: Array.from(value.data) };
    case 'DT_UINT64':
      return { uint64Contents: Array.from(value.data) };
    default:
      return { [LISTS[value.dtype]]: Array.from(value.data) };
  }
}

/** As the protocol spells them. */
const FIELD_NAMES: Readonly<Record<keyof Contents, string>> = {
  boolContents: 'bool_contents',
  intContents: 'int_contents',
  int64Contents: 'int64_contents',
  uintContents: 'uint_contents',
  uint64Contents: 'uint64_contents',
  fp32Contents: 'fp32_contents',
  fp64Contents: 'fp64_contents',
  bytesContents: 'bytes_contents',
};
