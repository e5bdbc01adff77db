/** What a benchmarked process tells of itself when asked: CPU time so far and memory now. */
export interface ProcessUse {
  cpu: NodeJS.CpuUsage;
  rss: number;
}

export function reportUse(): void {
  process.on('message', (message) => {
    if (message === 'use') process.send?.({ cpu: process.cpuUsage(), rss: process.memoryUsage().rss });
  });
}
