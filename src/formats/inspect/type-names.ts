/** @file What TensorFlow calls its types, also those that no tensor here has. */
import { dataTypeOf } from '../../proto/index.ts';

/** By their numbers. */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  0: 'DT_INVALID',
  8: 'DT_COMPLEX64',
  11: 'DT_QINT8',
  12: 'DT_QUINT8',
  13: 'DT_QINT32',
  15: 'DT_QINT16',
  16: 'DT_QUINT16',
  18: 'DT_COMPLEX128',
  20: 'DT_RESOURCE',
  21: 'DT_VARIANT',
};
const REFERENCE = 100;

/** @param number of `tensorflow.DataType` */
export function typeName(number: number): string {
  const isReference = number > REFERENCE;
  const plain = isReference ? number - REFERENCE : number;
  const name = dataTypeOf(plain) ?? OTHER_TYPES[plain] ?? `DT_${plain}`;
  return isReference ? `${name}_REF` : name;
}
