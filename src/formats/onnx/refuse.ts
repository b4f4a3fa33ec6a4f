/** @file Errors of ONNX files, and the runtime's words about them in ours. */
import { asPictorError, PictorError } from '../../contracts/index.ts';

export function damaged(name: string, reason: string, cause?: unknown): PictorError {
  return new PictorError('model_file_invalid', `${name} cannot be imported: ${reason}.`, {
    cause,
    fix: 'Download the file again, or export it again with the program that made it.',
  });
}

export function unsupported(name: string, reason: string, fix?: string): PictorError {
  const message = `${name} cannot be imported: ${reason}.`;
  return new PictorError('model_unsupported', message, fix === undefined ? {} : { fix });
}

/** What the runtime said when it refused a graph. */
export function refusedByRuntime(name: string, error: unknown): PictorError {
  const text = asPictorError(error).message;
  const unknown = /No Op registered for (\S+) with domain_version of (\d+)/.exec(text);
  if (unknown) {
    const [, op, opset] = unknown;
    return unsupported(name, `its operator ${op} is not one of opset ${opset}, or not one that is known here`);
  }
  const missing = /Could not find an implementation for (\S+?)\((\d+)\)/.exec(text);
  if (missing)
    return unsupported(name, `its operator ${missing[1]} cannot be run here with the types that it is given`);
  const domain = /(\S+?)\(-1\) is not a registered function\/op/.exec(text);
  if (domain) return unsupported(name, `its operator ${domain[1]} is not known here`);
  const opset =
    /ONNX Runtime only \*guarantees\* support for models stamped with official released onnx opset versions.*Current official support for domain (\S+) is till opset (\d+)/s.exec(
      text,
    );
  if (opset)
    return unsupported(name, `its opset is newer than ${opset[2]}`, 'Export it again for an older opset, such as 21.');
  return damaged(name, `the runtime refuses it (${text.replace(/\s+/g, ' ').slice(0, 300)})`, error);
}
