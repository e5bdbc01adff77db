/** True for an answer that says that nothing was done, or that another try may do better. */
export function isWorthRetrying(status: number): boolean {
  return status >= 500 || status === 429 || status === 408;
}
