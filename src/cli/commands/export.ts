/** @file `pictor export`: a published version becomes a file of another tool. */

import path from 'node:path';
import { Command, Option } from 'commander';
import { EXPORT_FORMATS, type ExportFormat, type ExportReport, PictorError } from '../../contracts/index.ts';
import { exportModel, REPORT_FILE, reportBeside, WRITERS } from '../../formats/index.ts';
import { type CommonOptions, interruption, openContext, withCommonOptions } from '../context.ts';
import { checkModel } from '../known-model.ts';
import { type ModelReference, modelReference, positiveNumber } from '../options.ts';
import type { Output } from '../output.ts';
import { byteSize, percent, plainLine, plainPath } from '../text.ts';

interface ExportCommandOptions extends CommonOptions {
  readonly format?: ExportFormat;
  readonly out: string;
  readonly opset?: number;
  readonly preprocessing: boolean;
  readonly force?: boolean;
}

export function exportCommand(): Command {
  const command = new Command('export')
    .description(
      'Writes a model for another tool. What was written is read back and compared with the model on sample pictures; the report tells how far they are apart.',
    )
    .argument('<model>', 'NAME or NAME:VERSION (default: the newest version)', modelReference)
    .addOption(
      new Option('--format <format>', 'what to write (default: by the ending of --out)').choices([...EXPORT_FORMATS]),
    )
    .requiredOption('--out <path>', 'file to write; a folder for savedmodel and tfjs')
    .option('--opset <n>', 'of onnx: 13 to 21 (default: 18)', positiveNumber)
    .option(
      '--no-preprocessing',
      'of onnx: take the numbers of the network itself, not uint8 pictures of any size that are resized inside',
    )
    .option('--force', 'replace a file, or an earlier export')
    .addHelpText('after', EXAMPLES);
  return withCommonOptions(command).action(async (model: ModelReference, options: ExportCommandOptions) => {
    const context = openContext(options);
    const { output, registry } = context;
    const format = options.format ?? formatOf(options.out);
    await checkModel(context, model);
    const source = await registry.exportSource(model.name, model.version);
    const { opset, preprocessing, force = false } = options;
    const { signal, done } = interruption();
    try {
      const report = await exportModel(source, format, options.out, {
        force,
        signal,
        ...(opset === undefined ? {} : { opset }),
        ...(preprocessing ? {} : { preprocessing }),
      });
      tell(output, report, options.out);
    } finally {
      done();
    }
  });
}

const EXAMPLES = `
Examples:
  pictor export digits --out digits.keras
  pictor export flowers:2 --format savedmodel --out ./flowers/2
  pictor export flowers --out flowers.onnx --opset 17 --no-preprocessing`;

/** @throws `export_option_invalid` when the ending is that of no format */
function formatOf(out: string): ExportFormat {
  const found = EXPORT_FORMATS.find((format) => {
    const { extension } = WRITERS[format];
    return extension !== '' && out.toLowerCase().endsWith(extension);
  });
  if (found) return found;
  throw new PictorError('export_option_invalid', `The ending of ${path.basename(out)} does not tell the format.`, {
    fix: `Add --format, one of ${EXPORT_FORMATS.join(', ')}.`,
  });
}

function tell(output: Output, report: ExportReport, out: string): void {
  const { model, version, format, parity, files, warnings } = report;
  const { title, kind } = WRITERS[format];
  output.event({ type: 'done', out: path.resolve(out), ...report });
  for (const warning of warnings) output.note(`${output.styleNote('yellow', 'note:')} ${plainLine(warning)}`);
  const bytes = Object.values(files).reduce((sum, size) => sum + size, 0);
  output.line(
    `Exported ${output.style('bold', `${model}:${version}`)} as ${title}: ${plainPath(out)} (${byteSize(bytes)})`,
  );
  if (parity) {
    const { images, top1Agreement, largestDifference } = parity;
    output.line(
      `Compared on ${images} sample pictures: same class in ${percent(top1Agreement)}, largest difference ${largestDifference.toExponential(1)}`,
    );
  }
  output.line(`Report: ${kind === 'file' ? plainPath(reportBeside(out)) : `${REPORT_FILE} inside`}`);
}
