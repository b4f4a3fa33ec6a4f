/** @file Which processes of this machine are still there. */

/** False for the number of a process that has ended; another one may have the number by now. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
