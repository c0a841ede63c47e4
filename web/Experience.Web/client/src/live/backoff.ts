/** Longest wait between two tries to reach the server, in ms. */
export const longestWait = 15_000;

/**
 * Wait before try number `attempt` (from 0). Doubles from half a second to the longest wait, then stays: tries never
 * end. Half of it is random, so that a restarted server is not met by every desk at once.
 */
export function waitBefore(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(longestWait, 500 * 2 ** Math.min(attempt, 10));
  return Math.round(full / 2 + (full / 2) * random());
}
