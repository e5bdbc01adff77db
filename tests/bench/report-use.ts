/** What a benchmarked process tells of itself when asked: CPU time so far and memory. */
export interface ProcessUse {
  cpu: NodeJS.CpuUsage;
  rss: number;
  /** Bytes alive after a collection; only when asked for with `live`, because it stops the process for a moment. */
  live: number;
  /** Open TCP connections. */
  sockets: number;
}

export function useOf(message: 'use' | 'live'): ProcessUse {
  if (message === 'live') globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { cpu: process.cpuUsage(), rss, live: heapUsed + external, sockets: openSockets() };
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

export function reportUse(): void {
  process.on('message', (message) => {
    if (message === 'use' || message === 'live') process.send?.(useOf(message));
  });
}
