/** @file ONNX's operators, for the documentation: the runtime runs all of the standard; what is cut or refused is told. */

interface OperatorRow {
  readonly name: string;
  readonly supported: boolean;
  readonly note: string;
}

/** What is not simply handed to the runtime. */
const NOTES: readonly OperatorRow[] = [
  { name: '`ai.onnx`, opset 7 to 23', supported: true, note: 'every operator of the standard, as the runtime has it' },
  { name: '`ai.onnx.ml`', supported: true, note: 'classifiers of scikit-learn and others' },
  { name: '`com.microsoft`', supported: true, note: "the runtime's own operators" },
  { name: 'functions in the file', supported: true, note: 'are made of operators' },
  {
    name: '`ZipMap`',
    supported: true,
    note: 'as an output: cut; the tensor that goes into it is the output, and its labels are taken',
  },
  { name: 'sequences and maps', supported: false, note: 'as outputs: left out, with a warning; as inputs: refused' },
  { name: 'opset 6 and older', supported: false, note: 'convert with `onnx.version_converter`' },
  { name: 'other domains', supported: false, note: 'come as libraries of machine code, which are not loaded' },
];

export function onnxOperators(): OperatorRow[] {
  return [...NOTES];
}
