/** @file Finds the layers of a model that cannot be read. */
import { PictorError } from '../../contracts/index.ts';
import { INPUT_LAYER, type LayerConfig, layersOf, type ModelConfig } from './config/model-config.ts';
import { classRule, isUnread } from './layers/classes.ts';
import { isKnownOperation, isOperation } from './layers/operations.ts';
import { SAVED_MODEL_FIX } from './layers/unsupported.ts';

/** @throws `model_unsupported`, naming every layer that cannot be read, before any is */
export function refuseLayers(model: ModelConfig): void {
  const refused = layersOf(model).flatMap((layer) => {
    const why = whyNot(layer);
    return why === null ? [] : [`"${layer.name}" (${layer.className}) ${why}`];
  });
  if (refused.length === 0) return;
  const more = refused.length > 10 ? `; and ${refused.length - 10} more` : '';
  throw new PictorError(
    'model_unsupported',
    `The model has ${refused.length === 1 ? 'a layer' : `${refused.length} layers`} that cannot be read: ${refused.slice(0, 10).join('; ')}${more}.`,
    { fix: SAVED_MODEL_FIX, details: { layers: refused.slice(0, 100) } },
  );
}

function whyNot(layer: LayerConfig): string | null {
  const { className, registeredName, module } = layer;
  if (className === INPUT_LAYER) return null;
  if (className === 'Lambda') return 'is Python code, which is never run';
  if (isOperation(layer)) return isKnownOperation(layer) ? null : 'is an operation that is not supported';
  const rule = classRule(className);
  const isCustom =
    rule === undefined ||
    (registeredName?.includes('>') ?? false) ||
    (module !== null && !/^(tf_)?keras\b/.test(module));
  if (isCustom) return 'is a class of its author, which is never run';
  return isUnread(rule) ? rule.why : null;
}
