/** @file A published version as one file of another tool's format, for download. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ExportFormat, ExportOptions, ExportReport } from '../contracts/index.ts';
import { exportModel, packFolder, WRITERS } from '../formats/index.ts';
import type { ModelRegistry } from '../registry/index.ts';

export interface ExportCall {
  readonly name: string;
  readonly version: number;
  readonly format: ExportFormat;
  readonly options: ExportOptions;
  /** Where the file goes; there is nothing in it yet. */
  readonly folder: string;
}

export interface ExportedFile {
  readonly path: string;
  /** For whoever downloads it: `digits-3.onnx`. */
  readonly fileName: string;
  readonly bytes: number;
  readonly report: ExportReport;
}

/** Folders are packed as `.tar.gz`. @throws as `registry.exportSource` and `exportModel` do */
export async function exportToFile(registry: ModelRegistry, call: ExportCall): Promise<ExportedFile> {
  const { name, version, format, options, folder } = call;
  const source = await registry.exportSource(name, version);
  const { kind, extension } = WRITERS[format];
  const base = `${name}-${version}`;
  const target = path.join(folder, `${base}${extension}`);
  const report = await exportModel(source, format, target, options);
  const place = kind === 'folder' ? `${target}.tar.gz` : target;
  if (kind === 'folder') await packFolder(target, base, place);
  const { size } = await stat(place);
  return { path: place, fileName: path.basename(place), bytes: size, report };
}
