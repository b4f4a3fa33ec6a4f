/** @file Certificate and key from files. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { PictorError } from '../contracts/index.ts';
import type { HttpTls } from './http.ts';

/**
 * @returns null when neither is given
 * @throws `invalid_setting` when only one is, a file cannot be read, or they do not fit together
 */
export function readTlsFiles(certificateFile: string | null, keyFile: string | null): HttpTls | null {
  if (certificateFile === null && keyFile === null) return null;
  if (certificateFile === null || keyFile === null) {
    throw new PictorError('invalid_setting', 'TLS needs a certificate and its key: --tls-cert and --tls-key.');
  }
  const tls = { certificate: read(certificateFile, '--tls-cert'), key: read(keyFile, '--tls-key') };
  try {
    createSecureContext({ cert: tls.certificate, key: tls.key });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PictorError('invalid_setting', `${certificateFile} and ${keyFile} cannot be used for TLS: ${reason}.`, {
      fix: 'Give both as PEM, the key without a passphrase, the certificate first in its chain.',
      cause: error,
    });
  }
  return tls;
}

function read(file: string, flag: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new PictorError('invalid_setting', `${file} cannot be read: ${code} (${flag}).`, { cause: error });
  }
}
