/** @file A SavedModel as `saved_model_cli show --all` prints it, line by line; operators are in order here. */
import type { SavedModelFunction, SavedModelInspection, SavedModelTensor } from '../contracts/index.ts';
import { plain } from './text.ts';

const MAX = 400;

export function savedModelText({ metaGraphs, functions }: SavedModelInspection): string[] {
  const graphs = metaGraphs.flatMap(({ tags, signatures, ops }) => [
    '',
    `MetaGraphDef with tag-set: '${shown(tags.join(', '))}' contains the following SignatureDefs:`,
    ...Object.entries(signatures).flatMap(([name, { method, inputs, outputs }]) => [
      '',
      `signature_def['${shown(name)}']:`,
      '  The given SavedModel SignatureDef contains the following input(s):',
      ...tensorLines('inputs', inputs),
      '  The given SavedModel SignatureDef contains the following output(s):',
      ...tensorLines('outputs', outputs),
      `  Method name is: ${shown(method)}`,
    ]),
    `The MetaGraph with tag set [${quoted(tags)}] contains the following ops: {${quoted(ops)}}`,
  ]);
  return functions ? [...graphs, '', 'Concrete Functions:', ...functions.flatMap(functionLines)] : graphs;
}

function tensorLines(side: string, tensors: Readonly<Record<string, SavedModelTensor>>): string[] {
  return Object.entries(tensors).flatMap(([alias, { dtype, shape, tensor }]) => [
    `    ${side}['${shown(alias)}'] tensor_info:`,
    `        dtype: ${dtype}`,
    `        shape: ${shape ? `(${shape.join(', ')})` : 'unknown_rank'}`,
    `        name: ${shown(tensor)}`,
  ]);
}

function functionLines({ name, options }: SavedModelFunction, index: number): string[] {
  const lines = options.flatMap(({ arguments: positional, named }, option) => [
    ...(positional.length > 0 ? [`    Option #${option + 1}`, '      Callable with:'] : []),
    ...positional.flatMap(({ name: own, type, value }, i) => [
      `        Argument #${i + 1}`,
      ...(type === 'TensorSpec'
        ? [`          ${shown(own ?? '')}: ${shown(value)}`]
        : type === 'str'
          ? [`          ${shown(value.slice(1, -1))}`]
          : [`          DType: ${shown(type)}`, `          Value: ${shown(value)}`]),
    ]),
    ...named.flatMap((key, i) => [`        Named Argument #${i + 1}`, `          ${shown(key)}`]),
  ]);
  return [...(index > 0 ? [''] : []), `  Function Name: '${shown(name)}'`, ...lines];
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${shown(name)}'`).join(', ');
}

function shown(text: string): string {
  return plain(text, MAX);
}
