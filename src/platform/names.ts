/** @file What may be called what: one rule for every provider. */
import { PictorError } from '../contracts/index.ts';

const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const MAX_KEY_BYTES = 512;

/** Checks the name of a bucket, key-value store, queue or topic. Throws `platform_name_invalid`. */
export function checkName(kind: string, name: string): void {
  if (NAME.test(name)) return;
  throw new PictorError('platform_name_invalid', `The ${kind} name ${quoted(name)} is not allowed.`, {
    fix: 'Use lower-case letters, digits, dashes and underscores; start with a letter or a digit; at most 64 characters.',
  });
}

/**
 * Checks a key of a bucket or key-value store, or the id of a task: any text without control characters,
 * 1 to 512 bytes as UTF-8. Throws `platform_name_invalid`.
 */
export function checkKey(kind: string, key: string): void {
  const bytes = Buffer.byteLength(key);
  const reason =
    bytes === 0
      ? 'is empty'
      : bytes > MAX_KEY_BYTES
        ? `has ${bytes} bytes`
        : /\p{Cc}/u.test(key)
          ? 'has a control character in it'
          : /\p{Cs}/u.test(key)
            ? 'is not valid Unicode'
            : null;
  if (reason === null) return;
  throw new PictorError('platform_name_invalid', `The ${kind} ${quoted(key)} ${reason}.`, {
    fix: `Use 1 to ${MAX_KEY_BYTES} bytes of text without control characters.`,
  });
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
