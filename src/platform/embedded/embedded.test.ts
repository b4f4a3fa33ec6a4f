/** @file The embedded provider passes the conformance suite, and keeps the promises that are its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  describeBucket,
  describeKeyValue,
  describeQueue,
  describeTopic,
  type OpenedProvider,
  type ProviderUnderTest,
} from '../testing/conformance/index.ts';
import { openEmbeddedPlatform } from './index.ts';

const embedded: ProviderUnderTest = {
  async open(): Promise<OpenedProvider> {
    const directory = await mkdtemp(path.join(tmpdir(), 'pictor-platform-'));
    let time = 1_000_000;
    const now = (): number => time;
    return {
      platform: await openEmbeddedPlatform(directory, { now }),
      another: () => openEmbeddedPlatform(directory, { now }),
      advance: (ms) => {
        time += ms;
      },
      cleanUp: () => rm(directory, { recursive: true }),
    };
  },
};

describeBucket(embedded);
describeKeyValue(embedded);
describeQueue(embedded);
describeTopic(embedded);
