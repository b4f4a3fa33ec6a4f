import { expect, it } from 'vitest';
import { DATA_TYPE_NUMBERS, dataTypeOf } from './data-types.ts';

it('knows the types of tensors and of references by their numbers', () => {
  expect(dataTypeOf(DATA_TYPE_NUMBERS.DT_STRING)).toBe('DT_STRING');
  expect(dataTypeOf(101)).toBe('DT_FLOAT');
  expect(dataTypeOf(20)).toBeNull();
});
