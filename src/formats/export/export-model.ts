/** @file Writes a model for another tool, and compares what was written with the original. */
import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExportFormat, ExportOptions, ExportReport } from '../../contracts/index.ts';
import { checkParity } from './parity.ts';
import type { ExportSource } from './source.ts';
import { filesIn, packFolder } from './tarball.ts';
import { REPORT_FILE, reportBeside, writeInPlace } from './target.ts';
import { WRITERS } from './writers.ts';

export interface ExportRequest extends ExportOptions {
  /** Replaces a file, or an earlier export. Default false. */
  readonly force?: boolean;
  /** Ends the export between its steps; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/**
 * Writes the model, reads the result back, runs it on sample pictures beside the original, and moves it to the target. The
 * report lies in a folder or tarball as `pictor-report.json`, of a file beside it as `FILE.pictor-report.json`.
 * @param target file or folder, by the format's kind
 * @throws `export_unsupported`, `export_exists`, `export_differs`, `not_permitted`, `disk_full`; then nothing is written
 */
export async function exportModel(
  source: ExportSource,
  format: ExportFormat,
  target: string,
  { force = false, signal, ...options }: ExportRequest = {},
): Promise<ExportReport> {
  const place = path.resolve(target);
  const { kind, write } = WRITERS[format];
  const report = await writeInPlace(place, force, async (written, scratch) => {
    const content = kind === 'tarball' ? path.join(scratch, 'content') : written;
    const pack = () => packFolder(content, source.name, written);
    await write(source, options, content);
    signal?.throwIfAborted();
    const files = kind === 'file' ? { [path.basename(place)]: (await stat(content)).size } : await filesIn(content);
    if (kind === 'tarball') await pack();
    const { parity, warning } = await checkParity(source, format, written, options);
    signal?.throwIfAborted();
    const made: ExportReport = {
      format,
      model: source.name,
      version: source.version,
      createdAt: new Date().toISOString(),
      labels: source.manifest.labels,
      options,
      parity,
      files,
      warnings: warning === null ? [] : [warning],
    };
    if (kind !== 'file') await writeFile(path.join(content, REPORT_FILE), textOf(made));
    if (kind === 'tarball') await pack();
    return made;
  });
  if (kind === 'file') await writeFile(reportBeside(place), textOf(report));
  return report;
}

function textOf(report: ExportReport): Buffer {
  return Buffer.from(`${JSON.stringify(report, null, 2)}\n`);
}
