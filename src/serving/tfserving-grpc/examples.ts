/** @file `tf.Example`s of a request, serialised: the form in which signatures take them. Source: `input_serialization.cc`. */
import { toBinary } from '@bufbuild/protobuf';
import { type serving, tf } from '../../proto/index.ts';
import { invalidArgument } from '../tfserving/status.ts';

/** @throws TfServingError when there are none */
export function serialisedExamples(input: serving.Input | undefined): readonly Uint8Array[] {
  const { examples, context } = listIn(input);
  if (examples.length === 0) throw invalidArgument('Input is empty.');
  const shared = context ? toBinary(tf.ExampleSchema, context) : new Uint8Array();
  // Messages that follow each other are one: of a feature in both, that of the example counts, which comes last.
  return examples.map((example) => joined(shared, toBinary(tf.ExampleSchema, example)));
}

function listIn(input: serving.Input | undefined): {
  readonly examples: readonly tf.Example[];
  readonly context?: tf.Example | undefined;
} {
  switch (input?.kind.case) {
    case 'exampleList':
      return { examples: input.kind.value.examples };
    case 'exampleListWithContext':
      return input.kind.value;
    default:
      return { examples: [] };
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
