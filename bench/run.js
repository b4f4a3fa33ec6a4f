/** @file `npm run bench -- NAME [options]`: runs one benchmark. */
const BENCHMARKS = ['training', 'step', 'serving'];

const [name, ...options] = process.argv.slice(2);
if (!BENCHMARKS.includes(name)) {
  process.stderr.write(`Usage: npm run bench -- NAME [options]; NAME is one of: ${BENCHMARKS.join(', ')}\n`);
  process.exit(2);
}
const { run } = await import(`./${name}.js`);
await run(options);
