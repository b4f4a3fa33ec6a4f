/** @file Writes a model for another tool, and compares what was written with the original. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExportFormat, ExportOptions, ExportReport } from '../../contracts/index.ts';
import { checkParity } from './parity.ts';
import type { ExportSource } from './source.ts';
import { writeTarball } from './tarball.ts';
import { REPORT_FILE, reportBeside, writeInPlace } from './target.ts';
import { type ExportWriter, WRITERS } from './writers.ts';

export interface ExportRequest extends ExportOptions {
  /** Replaces a file, or an earlier export. Default false. */
  readonly force?: boolean;
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
  { force = false, ...options }: ExportRequest = {},
): Promise<ExportReport> {
  const writer = WRITERS[format];
  const place = path.resolve(target);
  const files = await writer.write(source, options);
  const report = await writeInPlace(place, force, async (temporary) => {
    await WRITE[writer.kind](temporary, files, source.name);
    const { parity, warning } = await checkParity(source, format, temporary, options);
    const made: ExportReport = {
      format,
      model: source.name,
      version: source.version,
      createdAt: new Date().toISOString(),
      labels: source.manifest.labels,
      options,
      parity,
      files: Object.fromEntries([...files].map(([name, bytes]) => [name, bytes.length])),
      warnings: warning === null ? [] : [warning],
    };
    if (writer.kind === 'folder') await writeFile(path.join(temporary, REPORT_FILE), textOf(made));
    if (writer.kind === 'tarball') {
      await WRITE.tarball(temporary, new Map([...files, [REPORT_FILE, textOf(made)]]), source.name);
    }
    return made;
  });
  if (writer.kind === 'file') await writeFile(reportBeside(place), textOf(report));
  return report;
}

function textOf(report: ExportReport): Buffer {
  return Buffer.from(`${JSON.stringify(report, null, 2)}\n`);
}

const WRITE: {
  readonly [K in ExportWriter['kind']]: (
    place: string,
    files: ReadonlyMap<string, Uint8Array>,
    name: string,
  ) => Promise<void>;
} = {
  file: async (place, files) => {
    const [bytes] = files.values();
    await writeFile(place, bytes);
  },
  folder: async (place, files) => {
    for (const [name, bytes] of files) {
      await mkdir(path.dirname(path.join(place, name)), { recursive: true });
      await writeFile(path.join(place, name), bytes);
    }
  },
  tarball: (place, files, name) => writeTarball(place, name, files),
};
