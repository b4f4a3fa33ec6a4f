/** @file `npm start` and `npx pictor`: whoever ends npm means the server. */

/** How soon the server notices. */
const LOOK_MS = 500;
/** Scripts of people may start a server and end before it. */
const WATCHED: readonly (string | undefined)[] = ['start', 'npx'];

/**
 * npm passes the signal that ends it to the shell between, and that shell may end without passing it on; the process is then
 * another one's child.
 * @param then called once
 * @returns ends the watch
 */
export function whenNpmEnds(
  then: () => void,
  environment: NodeJS.ProcessEnv = process.env,
  parent: () => number = () => process.ppid,
): () => void {
  const { npm_lifecycle_event: event, npm_lifecycle_script: script = '' } = environment;
  if (!WATCHED.includes(event) || script.trim().endsWith('&')) return () => {};
  const first = parent();
  const timer = setInterval(() => {
    if (parent() === first) return;
    clearInterval(timer);
    then();
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
