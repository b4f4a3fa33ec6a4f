/** @file Small forms of other protocols: every part in memory, by its name. */
import type { FastifyRequest } from 'fastify';
import { PictorError } from '../contracts/index.ts';

/** Fields that nobody reads stay in memory until the form ends. */
export const FORM_LIMITS = { limits: { fields: 16, fieldSize: 64 * 1024 } } as const;

export interface FormPart {
  readonly bytes: Buffer;
  /** Of parts that are files. */
  readonly fileName: string | undefined;
  /** Of the part itself, lower case: `base64`. */
  readonly encoding: string;
}

/**
 * Parts that are files and parts that are text alike; of two with one name the first counts.
 * @param maxBytes of all parts together
 * @throws `invalid_request` when it is no form, `body_too_large`
 */
export async function readForm(request: FastifyRequest, maxBytes: number): Promise<ReadonlyMap<string, FormPart>> {
  if (!request.isMultipart()) {
    throw new PictorError('invalid_request', 'The body is no form: its content type is not multipart/form-data.', {
      fix: 'Send a form, as curl does with -F.',
    });
  }
  const parts = new Map<string, FormPart>();
  let total = 0;
  for await (const part of request.parts({ limits: { files: 8, fileSize: maxBytes } })) {
    const bytes = part.type === 'file' ? await part.toBuffer() : Buffer.from(String(part.value));
    total += bytes.length;
    if (total > maxBytes) throw new PictorError('body_too_large', `The form has more than ${maxBytes} bytes.`);
    const fileName = part.type === 'file' ? part.filename : undefined;
    if (!parts.has(part.fieldname))
      parts.set(part.fieldname, { bytes, fileName, encoding: part.encoding.toLowerCase() });
  }
  return parts;
}
