/** @file One replica: computes gradients on its part of each batch and updates its part of the parameters. */
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
    case 'epoch':
      return { result: await replica.epoch(call.epoch, call.firstStep) };
    case 'evaluate': {
      const result = await replica.evaluate(call.split, call.start, call.end);
      return { result, transfer: [result.predicted.buffer as ArrayBuffer] };
    }
    case 'keepBest':
      replica.keepBest();
      return { result: null };
    case 'restore':
      replica.restore(call.parameters);
      return { result: null };
    case 'bestWeights': {
      const weights = replica.bestWeights();
      return { result: weights };
    }
  }
});
