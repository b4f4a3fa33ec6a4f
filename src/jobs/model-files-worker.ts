/** @file Worker thread that reads model files for the server: decoding large ones would hold up every request. */
import { ModelRegistry } from '../registry/index.ts';
import { answerCalls } from '../runtime/index.ts';
import { exportToFile } from './export-model.ts';
import { importToRegistry } from './import-model.ts';
import type { ModelFilesCall } from './model-files.ts';

answerCalls<ModelFilesCall>(async (call) => {
  switch (call.kind) {
    case 'import': {
      const registry = new ModelRegistry(call.modelsDirectory);
      return { result: await importToRegistry(call.request, { ...call.settings, registry }) };
    }
    case 'export':
      return { result: await exportToFile(new ModelRegistry(call.modelsDirectory), call.call) };
    case 'inspect': {
      const registry = new ModelRegistry(call.modelsDirectory);
      return { result: await registry.inspect(call.name, call.version) };
    }
  }
});
