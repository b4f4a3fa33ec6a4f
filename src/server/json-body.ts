/** @file Bounds what a JSON body may cost before it is parsed. */
import { PictorError } from '../contracts/index.ts';

/** As many as the pixels of a picture of 2000 x 2000 with a list each. */
const MAX_CONTAINERS = 4_000_000;
/** Pixels have no names; a hundred pictures have one each. */
const MAX_MEMBERS = 10_000;
const LIST = 0x5b;
const OBJECT = 0x7b;
const COLON = 0x3a;

/**
 * A list takes two bytes of a body and fifty of memory, a name even more: a body within the limit of its length could end
 * the server. Signs inside texts count, too; pixels and base64 hold none.
 * @throws `body_too_large`
 */
export function checkJsonCost(body: Uint8Array): void {
  let containers = 0;
  let members = 0;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (byte === LIST || byte === OBJECT) containers++;
    else if (byte === COLON) members++;
  }
  if (containers > MAX_CONTAINERS) throw tooMuch(containers, 'lists and objects', MAX_CONTAINERS);
  if (members > MAX_MEMBERS) throw tooMuch(members, 'named values', MAX_MEMBERS);
}

function tooMuch(count: number, what: string, most: number): PictorError {
  return new PictorError('body_too_large', `The body holds ${count} ${what}; at most ${most} are taken.`, {
    fix: 'Send the pixels as one flat list of numbers, or the picture as a file.',
  });
}
