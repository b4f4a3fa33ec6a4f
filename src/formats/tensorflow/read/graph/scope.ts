/** @file One place in the tree of calls: the graph itself, or a function as it is called from one node. */
import type { tf } from '../../../../proto/index.ts';
import { damaged, Unsupported } from '../refuse.ts';
import type { FlatNode } from './node.ts';

/** The graph or a function, with its nodes by name. */
export interface Body {
  readonly name: string;
  readonly function: tf.FunctionDef | null;
  readonly nodes: ReadonlyMap<string, tf.NodeDef>;
  /** Number of each argument. */
  readonly args: ReadonlyMap<string, number>;
}

export interface Scope {
  readonly body: Body;
  readonly parent: Scope | null;
  /** What the arguments are, as the parent names it. */
  readonly passed: readonly string[];
  /** `call/inner/` */
  readonly prefix: string;
  /** One turn of a loop: only arguments that stay the same are what was passed. */
  readonly loop: boolean;
  readonly children: Map<string, Scope>;
  /** Nodes that were asked for; their full names may be those of nodes elsewhere. */
  readonly placed: Map<string, FlatNode>;
}

/** Deeper calls are no network that anybody built. */
const MAX_DEPTH = 200;
/** Functions that call two others each reach any number of calls in a small file; deep networks have a few thousand. */
const MAX_CALLS = 20_000;

const DECODERS = new Set(['DecodeJpeg', 'DecodePng', 'DecodeBmp', 'DecodeGif', 'DecodeImage']);

export class Library {
  readonly #functions: ReadonlyMap<string, tf.FunctionDef>;
  readonly #bodies = new Map<string, Body>();
  readonly #decoders = new Map<string, boolean>();
  readonly #file: string;
  #calls = 0;

  constructor(file: string, graph: tf.GraphDef) {
    this.#file = file;
    this.#functions = new Map(graph.library?.function.map((fn) => [fn.signature?.name ?? '', fn]));
  }

  has(name: string): boolean {
    return this.#functions.has(name);
  }

  /** Whether a function decodes picture files, whichever branches it takes. */
  decodesPictures(name: string): boolean {
    const known = this.#decoders.get(name);
    if (known !== undefined) return known;
    // For functions that lead back to themselves.
    this.#decoders.set(name, false);
    const nodes = this.#functions.get(name)?.nodeDef ?? [];
    const decodes = nodes.some(({ op, attr }) => {
      const branches = ['then_branch', 'else_branch'].flatMap((branch) => {
        const value = attr[branch]?.value;
        return value?.case === 'func' ? [value.value.name] : [];
      });
      return DECODERS.has(op) || (branches.length === 2 && branches.every((branch) => this.decodesPictures(branch)));
    });
    this.#decoders.set(name, decodes);
    return decodes;
  }

  graphBody(graph: tf.GraphDef): Body {
    return { name: 'graph', function: null, nodes: this.#nodesOf(graph.node), args: new Map() };
  }

  /** @throws Unsupported for functions that are not there, or that call themselves */
  enter(parent: Scope, call: string, name: string, passed: readonly string[], loop = false): Scope {
    const known = parent.children.get(call);
    if (known) return known;
    if (++this.#calls > MAX_CALLS)
      throw new Unsupported(`its functions are called more than ${MAX_CALLS} times`, [name]);
    let depth = 0;
    for (let scope: Scope | null = parent; scope; scope = scope.parent) {
      if (scope.body.name === name) throw new Unsupported(`the function "${name}" calls itself`, [name]);
      if (++depth > MAX_DEPTH) throw new Unsupported(`functions are called more than ${MAX_DEPTH} deep`, [name]);
    }
    const scope = {
      body: this.#bodyOf(name),
      parent,
      passed,
      prefix: `${parent.prefix}${call}/`,
      loop,
      children: new Map(),
      placed: new Map(),
    };
    parent.children.set(call, scope);
    return scope;
  }

  #bodyOf(name: string): Body {
    const known = this.#bodies.get(name);
    if (known) return known;
    const fn = this.#functions.get(name);
    if (!fn) throw damaged(this.#file, `it calls the function "${name}", which is not in it`);
    const args = new Map(fn.signature?.inputArg.map(({ name: arg }, index) => [arg, index]));
    const body = { name, function: fn, nodes: this.#nodesOf(fn.nodeDef), args };
    this.#bodies.set(name, body);
    return body;
  }

  #nodesOf(nodes: readonly tf.NodeDef[]): Map<string, tf.NodeDef> {
    const byName = new Map(nodes.map((node) => [node.name, node]));
    if (byName.size !== nodes.length) throw damaged(this.#file, 'its graph has two nodes of the same name');
    return byName;
  }
}

/** `node`, `node:2`, `node:output:2`, `^node`. */
export function parseInput(text: string): {
  readonly node: string;
  readonly output: string | null;
  readonly index: number;
} {
  const parts = text.replace(/^\^/, '').split(':');
  const index = parts.length > 1 ? Number(parts.at(-1)) : 0;
  return {
    node: parts[0],
    output: parts.length > 2 ? parts[1] : null,
    index: Number.isSafeInteger(index) ? index : -1,
  };
}
