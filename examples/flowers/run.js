/** @file Photos of flowers with the default recipe, from an archive with one folder a class. */
import path from 'node:path';
import { expectAccuracy, pictor, withDataDirectory } from '../support/run.js';

/** Validation accuracy that the README states: there is no test split. */
const STATED = 0.68;

const archive = process.env.PICTOR_DATA && path.join(process.env.PICTOR_DATA, 'flowers', 'flower_photos.tgz');
const dataset = process.argv[2] ?? archive;
if (!dataset) {
  process.stderr.write('Name the archive: node examples/flowers/run.js FILE-OR-URL, or set PICTOR_DATA.\n');
  process.exit(2);
}

await withDataDirectory((dataDirectory) => {
  const trained = pictor('train', dataset, '--name', 'flowers', '--data-dir', dataDirectory);
  expectAccuracy('validation accuracy', trained.metrics.validation_accuracy, STATED);
});
