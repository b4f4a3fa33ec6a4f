/** @file Training: images and a network in, a trained model out. Knows no queue, no file of another tool, no registry. */
export { evaluateModel } from './evaluate.ts';
export { summarise } from './evaluation.ts';
export { type TrainOptions, type TrainResult, train } from './fit.ts';
export { checkRequest, DEFAULT_SEED, imageShapeFor, planTraining } from './plan.ts';
