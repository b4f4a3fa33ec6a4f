/** @file Checks parameters, queries and bodies against their schemas, with errors that name the place. */
import type { FastifySchemaCompiler } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { PictorError } from '../contracts/index.ts';

/** Marks a body schema that only describes: the route reads the bytes itself. */
export const UNCHECKED = 'x-unchecked';

/** One of a closed set of texts. */
export function oneOf<T extends string>(values: readonly T[], options: object = {}) {
  return Type.Unsafe<T>({ type: 'string', enum: [...values], ...options });
}

/** Parameters and queries are text and converted; bodies are taken as they are. Unknown fields are refused, not dropped. */
export const compileValidator: FastifySchemaCompiler<TSchema & { [UNCHECKED]?: boolean }> = ({ schema, httpPart }) => {
  if (schema[UNCHECKED]) return () => true;
  const validator = Compile(schema);
  return (data: unknown) => {
    const value = httpPart === 'body' ? data : withNumbers(schema, data as Readonly<Record<string, unknown>>);
    if (validator.Check(value)) return { value };
    const errors = validator.Errors(value);
    return { error: describe(errors, httpPart ?? 'request') };
  };
};

const NUMBERS: Readonly<Record<string, RegExp | undefined>> = {
  integer: /^-?\d{1,15}$/,
  number: /^-?\d{0,15}(\.\d{1,20})?(?<=\d)$/,
};

/** Takes digits alone for a whole number: "1.5" or "true" rounded to version 1 would delete the wrong one. */
function withNumbers(schema: TSchema, texts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { properties = {} } = schema as { properties?: Readonly<Record<string, { readonly type?: string }>> };
  const convert = ([name, value]: [string, unknown]) => {
    const pattern = NUMBERS[properties[name]?.type ?? ''];
    return [name, typeof value === 'string' && pattern?.test(value) ? Number(value) : value] as const;
  };
  return Object.fromEntries(Object.entries(texts).map(convert));
}

function explain({ keyword, params, message }: ValidationError): string {
  if (keyword !== 'enum') return message;
  const { allowedValues = [] } = params as { allowedValues?: readonly unknown[] };
  return `must be one of ${allowedValues.map((value) => JSON.stringify(value)).join(', ')}`;
}

type ValidationError = ReturnType<ReturnType<typeof Compile>['Errors']>[number];

function describe(errors: readonly ValidationError[], part: string): PictorError {
  const [first] = errors;
  const unknown = errors.find((error) => error.keyword === 'additionalProperties');
  const field = first.instancePath.slice(1).replaceAll('/', '.');
  let what = `"${field}" ${explain(first)}`;
  if (unknown) {
    const names = (unknown.params as { additionalProperties?: readonly string[] }).additionalProperties ?? [];
    what = `there is no field ${names.map((name) => JSON.stringify(name.slice(0, 60))).join(', ')}`;
  } else if (field === '') what = `the ${part === 'body' ? 'body' : part} ${first.message}`;
  const where = part === 'body' ? '' : ` (${part === 'querystring' ? 'query' : part})`;
  return new PictorError('invalid_request', `The request cannot be understood${where}: ${what}.`, {
    details: field === '' ? {} : { field },
  });
}
