/** @file A command that has already told what failed. */

/** Thrown for exit code 1 when the reasons are written already. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}
