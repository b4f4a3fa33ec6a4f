/** @file One event file of TensorBoard: scalars, histograms, texts, a graph, in the order in which they come. */
import { appendFile, mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { ImageShape } from '../../contracts/index.ts';
import { hparams, tf } from '../../proto/index.ts';
import { histogramOf } from './histogram.ts';
import { encodeRecord } from './records.ts';

const DT_FLOAT = 1;
const DT_STRING = 7;
const PRODUCER = 1;
const SESSION_START = 1;
/** `tensorboard.hparams.Status`. */
const SUCCESS = 1;

/** A node of the graph that is shown; names with `/` are folded. */
export interface GraphEntry {
  readonly name: string;
  readonly op: string;
  /** Names of other nodes. */
  readonly inputs: readonly string[];
  /** Of its result; -1 for a size that varies. */
  readonly shape: readonly number[];
}

let files = 0;

function kindOf(value: string | number | boolean) {
  if (typeof value === 'number') return { case: 'numberValue', value } as const;
  if (typeof value === 'boolean') return { case: 'boolValue', value } as const;
  return { case: 'stringValue', value } as const;
}

/** Events are collected; `flush` appends them to the file, so that a reader never sees half a record for long. */
export class EventFile {
  readonly #folder: string;
  readonly #path: string;
  readonly #now: () => number;
  #records: Uint8Array[] = [];

  /**
   * @param folder made when it is missing; shown as one run
   * @param now seconds since 1970
   */
  constructor(folder: string, now: () => number = () => Date.now() / 1000) {
    const started = Math.floor(now()).toString().padStart(10, '0');
    this.#folder = folder;
    this.#path = path.join(folder, `events.out.tfevents.${started}.${hostname()}.${process.pid}.${files++}`);
    this.#now = now;
    this.#add(0, { case: 'fileVersion', value: 'brain.Event:2' });
  }

  /** Everything of this step and after it that earlier files of the folder hold is forgotten: a run was taken up again. */
  restart(step: number): void {
    this.#add(step, { case: 'sessionLog', value: { status: SESSION_START } });
  }

  scalar(tag: string, value: number, step: number): void {
    this.#summary(step, { tag, value: { case: 'simpleValue', value } });
  }

  /** Nothing when there is no finite number. */
  histogram(tag: string, values: ArrayLike<number>, step: number): void {
    const histogram = histogramOf(values);
    if (histogram) this.#summary(step, { tag, value: { case: 'histo', value: histogram } });
  }

  /** @param markdown shown as such */
  text(tag: string, markdown: string, step = 0): void {
    const tensor = { dtype: DT_STRING, tensorShape: {}, stringVal: [new TextEncoder().encode(markdown)] };
    this.#summary(step, {
      tag,
      metadata: { pluginData: { pluginName: 'text' } },
      value: { case: 'tensor', value: tensor },
    });
  }

  /** @param png of a picture of this size */
  image(tag: string, png: Uint8Array, { height, width, channels }: ImageShape, step: number): void {
    const image = { height, width, colorspace: channels, encodedImageString: png };
    this.#summary(step, { tag, value: { case: 'image', value: image } });
  }

  /** What the run was given, for TensorBoard's table of runs. */
  hyperparameters(group: string, values: Readonly<Record<string, string | number | boolean>>): void {
    const entries = Object.entries(values).map(([name, value]) => [name, { kind: kindOf(value) }]);
    this.#hparams('_hparams_/session_start_info', {
      case: 'sessionStartInfo',
      value: { hparams: Object.fromEntries(entries), groupName: group, startTimeSecs: this.#now() },
    });
  }

  /** That the run of the hyperparameters came to its end. */
  succeeded(): void {
    this.#hparams('_hparams_/session_end_info', {
      case: 'sessionEndInfo',
      value: { status: SUCCESS, endTimeSecs: this.#now() },
    });
  }

  graph(nodes: readonly GraphEntry[]): void {
    const graph = create(tf.GraphDefSchema, {
      versions: { producer: PRODUCER },
      node: nodes.map(({ name, op, inputs, shape }) => {
        const dimensions = { dim: shape.map((size) => ({ size: BigInt(size) })) };
        const shapes = { value: { case: 'list' as const, value: { shape: [dimensions] } } };
        return { name, op, input: [...inputs], attr: { _output_shapes: shapes } };
      }),
    });
    this.#add(0, { case: 'graphDef', value: toBinary(tf.GraphDefSchema, graph) });
  }

  async flush(): Promise<void> {
    const records = this.#records;
    this.#records = [];
    if (records.length === 0) return;
    await mkdir(this.#folder, { recursive: true });
    await appendFile(this.#path, Buffer.concat(records));
  }

  #hparams(tag: string, data: NonNullable<MessageInitShape<typeof hparams.HParamsPluginDataSchema>['data']>): void {
    const content = toBinary(hparams.HParamsPluginDataSchema, create(hparams.HParamsPluginDataSchema, { data }));
    this.#summary(0, {
      tag,
      metadata: { pluginData: { pluginName: 'hparams', content } },
      // It asks for a tensor, whatever is in it.
      value: { case: 'tensor', value: { dtype: DT_FLOAT, tensorShape: { dim: [{ size: 0n }] } } },
    });
  }

  #summary(step: number, value: MessageInitShape<typeof tf.Summary_ValueSchema>): void {
    this.#add(step, { case: 'summary', value: { value: [value] } });
  }

  #add(step: number, what: NonNullable<MessageInitShape<typeof tf.EventSchema>['what']>): void {
    const event = create(tf.EventSchema, { wallTime: this.#now(), step: BigInt(step), what });
    this.#records.push(encodeRecord(toBinary(tf.EventSchema, event)));
  }
}
