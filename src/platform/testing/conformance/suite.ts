/** @file What the four conformance suites share: a provider under test, tests with names, and time that passes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PictorError } from '../../../contracts/index.ts';
import type { Platform } from '../../types.ts';

export interface ProviderUnderTest {
  /** A platform on data of its own, empty. Called for every test. */
  open(): Promise<OpenedProvider>;
  /** Tests that this provider cannot pass, by name, and why. */
  readonly skip?: readonly { readonly reason: string; readonly tests: readonly string[] }[];
}

export interface OpenedProvider {
  readonly platform: Platform;
  /** Opens the same data once more, as another process would. */
  another(): Promise<Platform>;
  /** Makes the lease clock go forward. Without it the suite waits. */
  advance?(ms: number): void;
  /** Called after the test, when all platforms are closed. */
  cleanUp?(): Promise<void>;
}

export interface TestContext {
  readonly platform: Platform;
  readonly another: Platform;
  /** How long leases are that shall run out in the test. */
  readonly leaseMs: number;
  /** Returns when such a lease has run out. */
  passLease(): Promise<void>;
}

type TestBody = (context: TestContext) => Promise<void>;

/** Runs `tests` on a provider: a fresh pair of platforms for each. */
export function describePrimitive(
  primitive: string,
  provider: ProviderUnderTest,
  tests: Record<string, TestBody>,
): void {
  const skipped = reasons(primitive, provider, Object.keys(tests));
  describe(primitive, () => {
    let opened: OpenedProvider;
    let another: Platform;
    beforeEach(async () => {
      opened = await provider.open();
      another = await opened.another();
    });
    afterEach(async () => {
      await another.close();
      await opened.platform.close();
      await opened.cleanUp?.();
    });
    for (const [name, body] of Object.entries(tests)) {
      const reason = skipped.get(name);
      test.skipIf(reason !== undefined)(reason === undefined ? name : `${name} (skipped: ${reason})`, async () => {
        const leaseMs = opened.advance ? 60_000 : 400;
        const passLease = async (): Promise<void> => {
          if (opened.advance) opened.advance(leaseMs + 1);
          else await sleep(leaseMs + 100);
        };
        await body({ platform: opened.platform, another, leaseMs, passLease });
      });
    }
  });
}

function reasons(primitive: string, { skip = [] }: ProviderUnderTest, names: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { reason, tests } of skip) {
    for (const name of tests) if (names.includes(name)) found.set(name, reason);
  }
  // A list of skips may name tests of all four suites, so only what has this suite's form can be checked here.
  for (const name of skip.flatMap(({ tests }) => tests)) {
    if (name.startsWith(`${primitive}: `)) throw new Error(`There is no ${primitive} test "${name}".`);
  }
  return found;
}

/** Waits until the assertion holds. */
export function eventually(assertion: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(assertion, { timeout: 10_000, interval: 10 });
}

/** Asserts that a promise rejects with a `PictorError` of this code, and returns it. */
export async function expectError(promise: Promise<unknown>, code: string): Promise<PictorError> {
  const error = await promise.then(
    () => expect.fail(`expected ${code}, but it succeeded`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PictorError);
  expect((error as PictorError).code).toBe(code);
  return error as PictorError;
}
