/** @file Finds what a tensor is, through calls, branches and loops over pictures, and gives a graph without them. */
import type { tf } from '../../../../proto/index.ts';
import { damaged, Unsupported } from '../refuse.ts';
import { Attributes } from './attributes.ts';
import { isDead, predicateOf } from './branches.ts';
import { type FlatNode, type FlatRef, SYNTHETIC } from './node.ts';
import { outputNumber } from './output-names.ts';
import { Library, parseInput, type Scope } from './scope.ts';

const CALLS = new Set(['PartitionedCall', 'StatefulPartitionedCall']);
const CONDITIONALS = new Set(['If', 'StatelessIf']);
const CASES = new Set(['Case', 'StatelessCase']);
const LOOPS = new Set(['While', 'StatelessWhile']);
const PASSES = new Set(['Identity', 'StopGradient']);
/** Arrays of TensorFlow 1, of which loops read and into which they write. */
const [GATHERS, READS, WRITES, SCATTERS] = ['Gather', 'Read', 'Write', 'Scatter'].map(
  (what) => new Set([`TensorArray${what}`, `TensorArray${what}V2`, `TensorArray${what}V3`]),
);
/** A small file can call its way to more nodes than any machine has room for. */
const MAX_NODES = 300_000;
/** Calls and branches that one name may lead through. */
const MAX_HOPS = 10_000;

const NO_ATTRIBUTES = new Attributes('', {});
export const DEAD: FlatRef = {
  node: { name: 'dead', op: SYNTHETIC.dead, attributes: NO_ATTRIBUTES, inputs: [] },
  index: 0,
};

/** A node whose inputs are found when they are asked for. */
class PlacedNode implements FlatNode {
  readonly scope: Scope;
  readonly def: tf.NodeDef;
  readonly attributes: Attributes;
  readonly #graph: InlinedGraph;
  #inputs: readonly FlatRef[] | null = null;

  constructor(graph: InlinedGraph, scope: Scope, def: tf.NodeDef) {
    this.#graph = graph;
    this.scope = scope;
    this.def = def;
    this.attributes = new Attributes(this.name, def.attr);
  }

  get name(): string {
    return this.scope.prefix + this.def.name;
  }

  get op(): string {
    return this.def.op;
  }

  get inputs(): readonly FlatRef[] {
    this.#inputs ??= this.def.input
      .filter((input) => !input.startsWith('^'))
      .map((input) => this.#graph.resolve(this.scope, input));
    return this.#inputs;
  }

  /** What must run before it, without giving it anything. */
  get controls(): readonly FlatRef[] {
    return this.def.input
      .filter((input) => input.startsWith('^') && this.scope.body.nodes.has(input.slice(1)))
      .map((input) => this.#graph.resolve(this.scope, input));
  }
}

export class InlinedGraph {
  readonly root: Scope;
  readonly #library: Library;
  readonly #file: string;
  readonly #feeds: ReadonlyMap<string, FlatNode>;
  #nodes = 0;

  /** @param feeds tensors that are given from outside, by their names in the graph: `x:0` */
  constructor(file: string, graph: tf.GraphDef, feeds: ReadonlyMap<string, FlatNode>) {
    this.#file = file;
    this.#library = new Library(file, graph);
    this.#feeds = feeds;
    const body = this.#library.graphBody(graph);
    this.root = { body, parent: null, passed: [], prefix: '', loop: false, children: new Map(), placed: new Map() };
  }

  /** The tensor that this name stands for. @throws Unsupported; `model_file_invalid` when it is not there */
  resolve(from: Scope, text: string): FlatRef {
    let scope = from;
    let input = text;
    for (let hop = 0; hop < MAX_HOPS; hop++) {
      const { node: name, output, index } = parseInput(input);
      const fed = scope.parent === null ? this.#feeds.get(`${name}:${index}`) : undefined;
      if (fed) return { node: fed, index: 0 };
      const argument = output === null ? scope.body.args.get(name) : undefined;
      if (argument !== undefined && scope.parent) {
        if (scope.loop && !staysTheSame(scope, name, argument)) return this.#loopVariable(scope, name);
        const passed = scope.passed[argument];
        if (passed === undefined) throw this.#missing(scope, name);
        input = passed;
        scope = scope.parent;
        continue;
      }
      const def = scope.body.nodes.get(name);
      if (!def || index < 0) throw this.#missing(scope, input);
      const next = this.#follow(scope, def, output, index);
      if ('node' in next) return next;
      ({ scope, input } = next);
    }
    throw new Unsupported(`"${text}" leads in a circle`, [text]);
  }

  /** The function that a node of the graph calls; null when it calls none, or is not there. */
  calleeOf(name: string): Scope | null {
    const def = this.root.body.nodes.get(name);
    return def ? this.#callee(this.root, def) : null;
  }

  /** One step: into a function, along a branch, or to the node itself. */
  #follow(
    scope: Scope,
    def: tf.NodeDef,
    output: string | null,
    index: number,
  ): FlatRef | { readonly scope: Scope; readonly input: string } {
    const callee = this.#callee(scope, def);
    if (callee) {
      const outputs = callee.body.function?.signature?.outputArg ?? [];
      const number = output === null || output === 'output' ? index : outputs.findIndex((arg) => arg.name === output);
      const input = callee.body.function?.ret[outputs[number]?.name ?? ''];
      if (input === undefined) throw this.#missing(scope, `${def.name}:${index}`);
      return { scope: callee, input };
    }
    if (def.op === 'Enter') return { scope, input: def.input[0] ?? '' };
    if (def.op === 'Switch') {
      const predicate = predicateOf(this.resolve(scope, def.input[1] ?? ''));
      const number = output === 'output_true' ? 1 : index;
      if (predicate !== null) return predicate === (number === 1) ? { scope, input: def.input[0] } : DEAD;
      const merge = scope.body.nodes.get(parseInput(def.input[0] ?? '').node);
      if (merge?.op === 'Merge' && this.#isLoop(scope, merge)) return this.#loopVariable(scope, merge.name);
    }
    if (def.op === 'Merge' && index === 0 && this.#isLoop(scope, def)) return this.#loopVariable(scope, def.name);
    if (def.op === 'Merge' && index === 0) {
      for (const input of def.input) {
        if (!input.startsWith('^') && !isDead(this.resolve(scope, input))) return { scope, input };
      }
      return DEAD;
    }
    if (def.op === 'TensorListStack') return this.#stack(scope, def);
    if (GATHERS.has(def.op)) return this.#gather(scope, def);
    if (READS.has(def.op)) return this.#read(scope, def);
    const node = this.#place(scope, def);
    return { node, index: output === null ? index : outputNumber(def.op, node.attributes, output, index) };
  }

  #callee(scope: Scope, def: tf.NodeDef): Scope | null {
    const data = def.input.filter((input) => !input.startsWith('^'));
    const attributes = new Attributes(def.name, def.attr);
    if (CALLS.has(def.op)) return this.#library.enter(scope, def.name, attributes.func('f') ?? '', data);
    if (CONDITIONALS.has(def.op)) {
      const branches = ['then_branch', 'else_branch'].map((name) => attributes.func(name) ?? '');
      const isDecoder = branches.every((name) => this.#library.decodesPictures(name));
      const predicate = isDecoder || predicateOf(this.resolve(scope, data[0] ?? ''));
      if (predicate === null) return null;
      const branch = branches[predicate ? 0 : 1];
      return this.#library.enter(scope, def.name, branch, data.slice(1));
    }
    if (CASES.has(def.op)) {
      // One branch for each format of picture files: serving decodes them all.
      const branches = attributes.funcs('branches');
      const isDecoder = branches.length > 0 && branches.every((name) => this.#library.decodesPictures(name));
      return isDecoder ? this.#library.enter(scope, def.name, branches[0], data.slice(1)) : null;
    }
    return this.#library.has(def.op) ? this.#library.enter(scope, def.name, def.op, data) : null;
  }

  /** The list that a loop fills, stacked: what one turn puts into it, as if all turns were one batch. */
  #stack(scope: Scope, def: tf.NodeDef): FlatRef {
    const list = passed(this.resolve(scope, def.input[0] ?? ''));
    if (!(list.node instanceof PlacedNode) || !LOOPS.has(list.node.op))
      return { node: this.#place(scope, def), index: 0 };
    const { scope: outside, def: loop, attributes } = list.node;
    const data = loop.input.filter((input) => !input.startsWith('^'));
    const turn = this.#library.enter(outside, `${loop.name}/turn`, attributes.func('body') ?? '', data, true);
    const fn = turn.body.function;
    const result = fn?.ret[fn.signature?.outputArg[list.index]?.name ?? ''];
    const set = result === undefined ? null : passed(this.resolve(turn, result)).node;
    if (!(set instanceof PlacedNode) || set.op !== 'TensorListSetItem') {
      throw new Unsupported(`the loop "${loop.name}" is none over pictures`, [loop.op]);
    }
    const item = this.resolve(set.scope, set.def.input[2] ?? '');
    const shape = def.input[1] === undefined ? [] : [this.resolve(scope, def.input[1])];
    return this.#synthetic(scope, def, SYNTHETIC.mapStack, [item, ...shape]);
  }

  /** The same of TensorFlow 1: the array that a loop fills. Inputs: array, indices, what the loop ended with. */
  #gather(scope: Scope, def: tf.NodeDef): FlatRef {
    const flow = passed(this.resolve(scope, def.input[2] ?? '')).node;
    const write = flow instanceof PlacedNode && flow.op === 'Exit' ? this.#turnOf(flow) : null;
    if (!(write instanceof PlacedNode) || !WRITES.has(write.op)) return { node: this.#place(scope, def), index: 0 };
    return this.#synthetic(scope, def, SYNTHETIC.mapStack, [this.resolve(write.scope, write.def.input[2] ?? '')]);
  }

  /** What a turn of a loop hands to the next one. */
  #turnOf({ scope, def: exit }: PlacedNode): FlatNode | null {
    const definition = (input: string | undefined): tf.NodeDef | undefined =>
      scope.body.nodes.get(parseInput(input ?? '').node);
    const merge = definition(definition(exit.input[0])?.input[0]);
    const next = merge?.input.map(definition).find((node) => node?.op === 'NextIteration');
    return next?.input[0] === undefined ? null : passed(this.resolve(scope, next.input[0])).node;
  }

  /** What a turn reads of an array that was filled before the loop. Inputs: array, index, flow. */
  #read(scope: Scope, def: tf.NodeDef): FlatRef {
    const scatter = passed(this.resolve(scope, def.input[2] ?? '')).node;
    if (!(scatter instanceof PlacedNode) || !SCATTERS.has(scatter.op))
      return { node: this.#place(scope, def), index: 0 };
    return this.#synthetic(scope, def, SYNTHETIC.mapItem, [this.resolve(scatter.scope, scatter.def.input[2] ?? '')]);
  }

  #synthetic(scope: Scope, def: tf.NodeDef, op: string, inputs: readonly FlatRef[]): FlatRef {
    const name = scope.prefix + def.name;
    const attributes = new Attributes(name, def.attr);
    return { node: this.#memo(scope, def.name, () => ({ name, op, attributes, inputs })), index: 0 };
  }

  #isLoop(scope: Scope, def: tf.NodeDef): boolean {
    return def.input.some((input) => scope.body.nodes.get(parseInput(input).node)?.op === 'NextIteration');
  }

  #loopVariable(scope: Scope, argument: string): FlatRef {
    const name = scope.prefix + argument;
    return {
      node: this.#memo(scope, `argument ${argument}`, () => ({
        name,
        op: SYNTHETIC.loopVariable,
        attributes: NO_ATTRIBUTES,
        inputs: [],
      })),
      index: 0,
    };
  }

  #place(scope: Scope, def: tf.NodeDef): FlatNode {
    return this.#memo(scope, def.name, () => new PlacedNode(this, scope, def));
  }

  #memo(scope: Scope, key: string, make: () => FlatNode): FlatNode {
    const known = scope.placed.get(key);
    if (known) return known;
    if (++this.#nodes > MAX_NODES) throw new Unsupported(`its functions make more than ${MAX_NODES} nodes`, []);
    const node = make();
    scope.placed.set(key, node);
    return node;
  }

  #missing(scope: Scope, input: string): Error {
    return damaged(this.#file, `its graph uses "${scope.prefix}${input}", which is not in it`);
  }
}

/** Through nodes that give what they get. */
export function passed(ref: FlatRef): FlatRef {
  let at = ref;
  for (let hop = 0; hop < MAX_HOPS && PASSES.has(at.node.op) && at.node.inputs.length > 0; hop++)
    at = at.node.inputs[0];
  return at;
}

/** Whether every turn of a loop hands an argument on as it is. */
function staysTheSame({ body: { function: fn, nodes } }: Scope, name: string, argument: number): boolean {
  let input = fn?.ret[fn.signature?.outputArg[argument]?.name ?? ''] ?? '';
  for (
    let node = nodes.get(parseInput(input).node);
    node?.op === 'Identity';
    node = nodes.get(parseInput(input).node)
  ) {
    input = node.input[0];
  }
  return input === name;
}
