/** @file The networks that can be chosen by name. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { describeNetwork, PRESETS, type Preset } from '../../nn/index.ts';
import { answers } from '../schemas.ts';

/** Parameters depend on the number of classes; this many are taken to show an example. */
const EXAMPLE_CLASSES = 10;

const PresetAnswer = Type.Object({
  presets: Type.Array(
    Type.Object({
      name: Type.String(),
      title: Type.String(),
      description: Type.String(),
      source: Type.String(),
      imageSize: Type.Array(Type.Integer(), { description: '[height, width] in pixels' }),
      channels: Type.Integer(),
      parameters: Type.Integer({ description: `With ${EXAMPLE_CLASSES} classes` }),
      batchSize: Type.Integer(),
      epochs: Type.Integer(),
      optimizer: Type.Unknown(),
    }),
  ),
});

export function presetRoutes(app: FastifyInstance): void {
  const presets = Object.entries(PRESETS).map(([name, preset]) => presetFacts(name, preset));
  const schema = { summary: 'Networks by name', tags: ['runs'], response: answers({ 200: PresetAnswer }) };
  app.get('/presets', { schema }, async () => ({ presets }));
}

function presetFacts(name: string, preset: Preset) {
  const { title, description, source, image, batchSize, epochs, optimizer } = preset;
  const { parameterCount } = describeNetwork(preset.build({ ...image, classes: EXAMPLE_CLASSES }));
  const imageSize = [image.height, image.width] as const;
  const facts = { name, title, description, source, imageSize, channels: image.channels };
  return { ...facts, parameters: parameterCount, batchSize, epochs, optimizer };
}
