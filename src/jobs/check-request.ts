/** @file Refuses a training request that cannot be meant, before anything is stored or fetched. */
import type { TrainingRequest } from '../contracts/index.ts';
import { checkModelName } from '../registry/index.ts';
import { checkRequest } from '../training/index.ts';
import { checkId } from './ids.ts';

/** @throws `model_name_invalid`, `preset_unknown`, `training_option_invalid` */
export function checkTrainingRequest(request: TrainingRequest): void {
  checkModelName(request.name ?? '');
  checkRequest(request);
  if (request.resume !== undefined) checkId(request.resume);
}
