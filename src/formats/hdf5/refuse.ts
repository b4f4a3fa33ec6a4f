/** @file From the library's words to an error that says what is wrong with a file. */
import { PictorError } from '../../contracts/index.ts';

export function refuseHdf5(name: string, cause: unknown): PictorError {
  if (cause instanceof PictorError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  return new PictorError('model_file_invalid', `${name} cannot be read: ${reason(text)}.`, {
    cause,
    fix: 'Download or write the file again, and give its checksum to be sure of it.',
  });
}

function reason(text: string): string {
  const [, have, said] = /truncated file: eof = (\d+).*stored_eof = (\d+)/.exec(text) ?? [];
  if (said !== undefined) return `it is truncated: it has ${have} bytes, and says itself that it has ${said}`;
  if (text.includes('signature not found')) return 'it is not an HDF5 file';
  if (!text.startsWith('HDF5-DIAG')) return text.slice(0, 300);
  // The innermost line says what happened; the ones above only who was waiting for it.
  const lines = [...text.matchAll(/#\d+: .* in [^:]+: (.*)/g)];
  return `it is damaged (${lines.at(-1)?.[1] ?? 'the HDF5 library gives no reason'})`;
}
