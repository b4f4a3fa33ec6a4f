/** @file Worker thread of one replica: computes gradients on its part of each batch and updates its part of the parameters. */
import { workerData } from 'node:worker_threads';
import { answerCalls, sayEvent } from '../runtime/index.ts';
import type { ReplicaCall, ReplicaSetup } from './replica.ts';
import { Replica } from './replica-steps.ts';

const replica = new Replica(workerData as ReplicaSetup, sayEvent);

answerCalls<ReplicaCall>(async (call) => {
  switch (call.kind) {
    case 'open':
      await replica.open();
      return { result: null };
    case 'train':
      return { result: await replica.train(call) };
    case 'evaluate': {
      const result = await replica.evaluate(call.split, call.start, call.end);
      return { result, transfer: [result.predicted.buffer as ArrayBuffer] };
    }
    case 'parameters': {
      const result = replica.parameters();
      return { result, transfer: [result.buffer as ArrayBuffer] };
    }
    case 'gradients': {
      const result = replica.gradients();
      return { result, transfer: [result.buffer as ArrayBuffer] };
    }
    case 'slots': {
      const result = replica.slots();
      return { result, transfer: result.map((slot) => slot.buffer as ArrayBuffer) };
    }
    case 'restore':
      replica.restore(call.parameters, call.slots);
      return { result: null };
  }
});
