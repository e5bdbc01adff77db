import { Resolver, lookup } from 'node:dns/promises';

/** All addresses of a name, IPv4 and IPv6. Rejects when there is none. */
export type ResolveName = (hostname: string) => Promise<string[]>;

const QUERY_TIMEOUT_MS = 1_500;
const QUERY_TRIES = 2;

/**
 * Asks the configured name servers for every A and AAAA record. Not `dns.lookup`: that one blocks a
 * thread of the pool that password hashing and files share, and a hostile zone can make it hang.
 * @throws the resolver's error (`code` ENOTFOUND, ETIMEOUT, …) when both questions fail.
 */
export async function resolveWithNameServers(hostname: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  const [ipv4, ipv6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  const addresses = [
    ...(ipv4.status === 'fulfilled' ? ipv4.value : []),
    ...(ipv6.status === 'fulfilled' ? ipv6.value : []),
  ];
  if (addresses.length === 0) throw ipv4.status === 'rejected' ? ipv4.reason : noAddress(hostname);
  return addresses;
}

/** The system's answer, /etc/hosts included: for names that the operator listed. */
export async function resolveWithSystem(hostname: string): Promise<string[]> {
  const answers = await lookup(hostname, { all: true });
  return answers.map((answer) => answer.address);
}

/** Shares one question among those who ask at the same moment, and gives it a deadline. */
export function createSharedResolver(resolve: ResolveName, deadlineMs: number): ResolveName {
  const running = new Map<string, Promise<string[]>>();
  return (hostname) => {
    const existing = running.get(hostname);
    if (existing) return existing;
    const answer = withDeadline(resolve(hostname), deadlineMs, hostname).finally(() =>
      running.delete(hostname),
    );
    running.set(hostname, answer);
    return answer;
  };
}

async function withDeadline(
  answer: Promise<string[]>,
  deadlineMs: number,
  hostname: string,
): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(dnsError('ETIMEOUT', `No name server answered for ${hostname}`)),
      deadlineMs,
    );
  });
  try {
    const addresses = await Promise.race([answer, deadline]);
    if (addresses.length === 0) throw noAddress(hostname);
    return addresses;
  } finally {
    clearTimeout(timer);
  }
}

function noAddress(hostname: string): Error {
  return dnsError('ENOTFOUND', `${hostname} has no address`);
}

function dnsError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
