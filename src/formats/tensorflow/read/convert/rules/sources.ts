/** @file Where tensors come from, and operators that hand them on. */
import { damaged, Unsupported } from '../../refuse.ts';
import { tensorFromProto } from '../../tensors.ts';
import type { Rule } from '../context.ts';
import { knownOf } from '../known.ts';

const handOn: Rule = ({ inputs }) => inputs;

const constant: Rule = ({ attributes, name, to }) => {
  const proto = attributes.tensor('value');
  if (!proto) throw damaged(to.file, `the constant "${name}" has no value`);
  try {
    return to.constant(knownOf(tensorFromProto(proto)));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw damaged(to.file, `the constant "${name}" is none: ${cause.message}`, undefined, cause);
  }
};

const variable: Rule = ({ attributes, name, to, op }) => {
  const value = to.variables.get(name) ?? to.variables.get(attributes.text('shared_name', ''));
  if (!value) throw new Unsupported(`the variable "${name}" has no value in the file`, [op]);
  return value;
};

const placeholder: Rule = ({ name, op }) => {
  throw new Unsupported(`it needs "${name}", which the signature does not take`, [op]);
};

const nothing: Rule = ({ to }) => to.special({ kind: 'nothing' }, 'DT_FLOAT', null);

export const SOURCE_RULES = {
  Const: constant,
  Variable: variable,
  VariableV2: variable,
  VarHandleOp: variable,
  ReadVariableOp: handOn,
  Placeholder: placeholder,
  PlaceholderWithDefault: handOn,
  Identity: handOn,
  IdentityN: handOn,
  StopGradient: handOn,
  PreventGradient: handOn,
  CheckNumerics: handOn,
  Snapshot: handOn,
  EnsureShape: handOn,
  NoOp: nothing,
} as const satisfies Record<string, Rule>;
