/** @file Digits with the default recipe: MNIST when it is there, else the digits that Pictor draws itself. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expectAccuracy, pictor, withDataDirectory } from '../support/run.js';

/** Test accuracy that the README states. */
const STATED = { mnist: 0.995, sample: 0.96 };

const mnist = process.env.PICTOR_DATA && path.join(process.env.PICTOR_DATA, 'mnist');
const given = process.argv[2];
const dataset = given ?? (mnist && existsSync(mnist) ? mnist : 'sample:digits');

await withDataDirectory((dataDirectory) => {
  const trained = pictor('train', dataset, '--name', 'digits', '--data-dir', dataDirectory);
  const stated = dataset === 'sample:digits' ? STATED.sample : STATED.mnist;
  expectAccuracy('test accuracy', trained.metrics.test_accuracy, stated);
});
