/** @file Model files in and out. */

export { type ExportRequest, exportModel } from './export/export-model.ts';
export { type ExportSource, readExportSource } from './export/source.ts';
export { writeTarball } from './export/tarball.ts';
export { REPORT_FILE, reportBeside } from './export/target.ts';
export { WRITERS } from './export/writers.ts';
export { type Assumption, assumptionsOf, type ToldFacts } from './import/assumptions.ts';
export { detectFormat } from './import/detect.ts';
export { type ImportOptions, importModel } from './import/import-model.ts';
export { parseLabels } from './import/labels-file.ts';
export { type PictureInput, pictureInput } from './import/picture-input.ts';
export { classesOf, type FoundPictureSignature, findPictureSignature } from './import/picture-signature.ts';
export type { ImportedModel, LayerRow, ModelReader, ReadOptions } from './imported-model.ts';
export { inspectFile, inspectModel, totalBytes } from './inspect/inspect-model.ts';
export { networkLayers } from './inspect/network-layers.ts';
export { type KerasSource, writeKeras } from './keras/write-keras.ts';
export { labelsText } from './labels.ts';
export { loadWeights } from './load-weights.ts';
export { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
export { takeWeights } from './take-weights.ts';
export { type SamplePicture, TensorBoard } from './tensorboard/callback.ts';
export { decodeRecords, encodeRecord, RecordError } from './tensorboard/records.ts';
export { type OpSupport, tensorflowOps } from './tensorflow/read/ops.ts';
export { readSavedModel } from './tensorflow/read/read-saved-model.ts';
export { SAVED_MODEL_FILES, type SavedModelSource, writeSavedModel } from './tensorflow/write/saved-model.ts';
export { weightsFile } from './weights-file.ts';
export type { LoadedWeights } from './weights-match.ts';
export { describeWeightsSource, parseWeightsSource, redactWeightsSource } from './weights-source.ts';
