/** @file Bounds what a JSON body may cost before it is parsed. */
import { PictorError } from '../contracts/index.ts';

/** As many as the pixels of a picture of 2000 x 2000 with a list each. */
const MAX_CONTAINERS = 4_000_000;
const LIST = 0x5b;
const OBJECT = 0x7b;

/**
 * A list takes two bytes of a body and fifty of memory: a body within the limit of its length could end the server.
 * Brackets in texts count, too; pixels and base64 hold none.
 * @throws `body_too_large`
 */
export function checkJsonCost(body: Uint8Array): void {
  let containers = 0;
  for (let i = 0; i < body.length; i++) if (body[i] === LIST || body[i] === OBJECT) containers++;
  if (containers <= MAX_CONTAINERS) return;
  throw new PictorError(
    'body_too_large',
    `The body holds ${containers} lists and objects; at most ${MAX_CONTAINERS} are taken.`,
    { fix: 'Send the pixels as one flat list of numbers, or the picture as a file.' },
  );
}
