/** @file Applies a configuration, reads its file again and again, and applies what changed. */
import { asPictorError, MAX_TIMER_MS, PictorError } from '../contracts/index.ts';
import { type ConfiguredModel, type Predictor, readModelConfigFile } from '../serving/index.ts';
import type { Logger } from './logger.ts';

export class WatchedConfig {
  readonly #basePaths: Predictor['basePaths'];
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  /** What was last said to be wrong, so that it is said once. */
  #told = '';

  constructor(basePaths: Predictor['basePaths'], log: Logger) {
    this.#basePaths = basePaths;
    this.#log = log;
  }

  /**
   * @param pollSeconds 0: the file is not read again
   * @throws `serving_config_invalid` when the first configuration is none; models that cannot be loaded are told in the log
   */
  async start(models: readonly ConfiguredModel[], file: string | null, pollSeconds: number): Promise<void> {
    const { code, message } = await this.#basePaths.apply(models);
    if (code === 'INVALID_ARGUMENT') throw new PictorError('serving_config_invalid', message);
    if (code !== 'OK') this.#log.error({ code }, message);
    if (file !== null && pollSeconds > 0) this.#pollLater(file, pollSeconds * 1000);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #pollLater(file: string, ms: number): void {
    if (this.#isStopped) return;
    const poll = () => void this.#poll(file).finally(() => this.#pollLater(file, ms));
    this.#timer = setTimeout(poll, Math.min(ms, MAX_TIMER_MS));
    this.#timer.unref();
  }

  /** A file that cannot be used changes nothing. */
  async #poll(file: string): Promise<void> {
    try {
      const models = await readModelConfigFile(file);
      if (!models || this.#isStopped) return;
      const { code, message } = await this.#basePaths.apply(models.values());
      this.#tell(code === 'OK' ? '' : message);
    } catch (error) {
      this.#tell(asPictorError(error).message);
    }
  }

  #tell(message: string): void {
    if (message !== '' && message !== this.#told) this.#log.error(message);
    this.#told = message;
  }
}
