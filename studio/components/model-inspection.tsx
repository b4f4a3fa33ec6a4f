/** @file What a version is made of: where it came from, its signatures, its layers. */
import type { InspectedSignature, ModelVersion } from '../api/types.ts';
import { formatCount } from '../logic/format.ts';
import type { InspectionState } from '../state/use-inspection.ts';
import { Facts, Name, Section, Skeleton } from './basics.tsx';
import { ErrorCard } from './messages.tsx';

export function InspectionSections({ version, state }: { version: ModelVersion; state: InspectionState }) {
  const { origin } = version;
  const { inspection, failure } = state;
  if (failure.value) return <ErrorCard error={failure.value} />;
  if (!inspection.value) return <Skeleton lines={3} />;
  const { signatures, layers, flops, input, labels, inputRange, answers, trainable } = inspection.value;
  const kind = input || labels ? (answers ?? 'not told') : 'tensors, as its signatures say';
  return (
    <>
      <Section title="Made of" id="inspection">
        <div class="card recipe">
          <Facts
            facts={[
              ...(origin
                ? [
                    { label: 'Imported from', value: <Name>{origin.file}</Name> },
                    { label: 'Made by', value: origin.producer ?? origin.format },
                  ]
                : []),
              { label: 'Numbers of a picture', value: input ? (inputRange ?? 'not told') : 'takes no pictures' },
              { label: 'Answers', value: kind },
              { label: 'Operations for one sample', value: flops > 0 ? formatCount(flops) : 'not known' },
              { label: 'Can be trained further', value: trainable ? 'yes' : 'no' },
            ]}
          />
        </div>
        <SignatureTable signatures={signatures} />
      </Section>
      {layers.length > 0 && (
        <Section title="Layers" id="layers">
          <div class="table-box table-tall">
            <table class="table table-figures" data-testid="layer-table">
              <thead>
                <tr>
                  <th scope="col">Layer</th>
                  <th scope="col" class="text">
                    Kind
                  </th>
                  <th scope="col">Output</th>
                  <th scope="col">Parameters</th>
                </tr>
              </thead>
              <tbody>
                {layers.map((layer, i) => (
                  <tr key={`${i} ${layer.name}`}>
                    <th scope="row">
                      <Name>{layer.name}</Name>
                    </th>
                    <td class="text">{layer.type}</td>
                    <td>{shapeText(layer.outputShape)}</td>
                    <td>{formatCount(layer.parameters)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Section>
      )}
    </>
  );
}

function SignatureTable({ signatures }: { signatures: Readonly<Record<string, InspectedSignature>> }) {
  const rows = Object.entries(signatures).flatMap(([signature, { inputs, outputs }]) => [
    ...Object.entries(inputs).map(([alias, tensor]) => ({ signature, side: 'in', alias, tensor })),
    ...Object.entries(outputs).map(([alias, tensor]) => ({ signature, side: 'out', alias, tensor })),
  ]);
  return (
    <div class="table-box">
      <table class="table" data-testid="signature-table">
        <thead>
          <tr>
            <th scope="col">Signature</th>
            <th scope="col">In or out</th>
            <th scope="col">Name</th>
            <th scope="col">Type</th>
            <th scope="col">Shape</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ signature, side, alias, tensor }) => (
            <tr key={`${signature} ${side} ${alias}`}>
              <th scope="row">
                <Name>{signature}</Name>
              </th>
              <td>{side}</td>
              <td>
                <Name>{alias}</Name>
              </td>
              <td>{tensor.dtype}</td>
              <td class="shape">{shapeText(tensor.shape)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function shapeText(shape: readonly number[] | null): string {
  return shape ? `[${shape.map((side) => (side < 0 ? 'any' : side)).join(', ')}]` : 'any';
}
