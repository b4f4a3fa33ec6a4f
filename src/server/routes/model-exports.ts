/** @file Models as files of other tools, for download. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { EXPORT_FORMATS, type ExportReport } from '../../contracts/index.ts';
import { type ExportCall, type ExportedFile, exportInBackground } from '../../jobs/index.ts';
import { answers, Bytes, VersionParams } from '../schemas.ts';
import type { Services } from '../services.ts';
import { oneOf } from '../validation.ts';

const ExportQuery = Type.Object({
  format: oneOf(EXPORT_FORMATS, { description: 'What to write; folders (savedmodel, tfjs) come as .tar.gz' }),
  opset: Type.Optional(Type.Integer({ description: 'Of onnx, 13 to 21. Default 18' })),
  preprocessing: Type.Optional(
    oneOf(['true', 'false'], { description: 'Of onnx: takes pictures of any size and resizes inside. Default true' }),
  ),
});

interface ExportRoute {
  Params: Static<typeof VersionParams>;
  Querystring: Static<typeof ExportQuery>;
}

export function modelExportRoutes(app: FastifyInstance, { registry, settings }: Services): void {
  let last: Promise<unknown> = Promise.resolve();
  /** One after another: each may hold a large model several times. */
  const inTurn = (call: ExportCall): Promise<ExportedFile> => {
    const mine = last.then(() => exportInBackground(registry, call));
    last = mine.catch(() => {});
    return mine;
  };
  const schema = {
    summary: 'Download a version as a file of another tool',
    description:
      'Keras (keras, h5), SavedModel, ONNX, TF.js, TFaaS. What is written is run on sample pictures beside the model; the header `pictor-report` tells how far they are apart.',
    tags: ['models'],
    params: VersionParams,
    querystring: ExportQuery,
    response: answers({ 200: Bytes }, 400, 404, 422),
  };
  app.get<ExportRoute>('/models/:name/versions/:version/export', { schema }, async (request, reply) => {
    const { name, version } = request.params;
    const { format, opset, preprocessing } = request.query;
    const options = {
      ...(opset === undefined ? {} : { opset }),
      ...(preprocessing === undefined ? {} : { preprocessing: preprocessing === 'true' }),
    };
    const folder = path.join(settings.dataDirectory, 'cache', 'exports', randomUUID());
    const clear = () => rm(folder, { recursive: true, force: true }).catch(() => {});
    try {
      await registry.manifest(name, version);
      await mkdir(folder, { recursive: true });
      const made = await inTurn({ name, version, format, options, folder });
      const file = createReadStream(made.path);
      file.once('close', clear);
      return await reply
        .type('application/octet-stream')
        .header('content-length', made.bytes)
        .header('content-disposition', `attachment; filename="${made.fileName}"`)
        .header('pictor-report', headerText(made.report))
        .send(file);
    } catch (error) {
      await clear();
      throw error;
    }
  });
}

/** What headers can hold: without line breaks and characters beyond ASCII. */
function headerText({ parity, warnings }: ExportReport): string {
  const text = JSON.stringify({ parity, warnings });
  return text.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
