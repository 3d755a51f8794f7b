/**
 * Ends what the runner started when the runner itself could not: a process of its own, in its own session, that reads
 * `add <pid> <signal or ->` and `remove <pid>` from standard input. When that closes, it asks the remaining ones to end,
 * the youngest first (`-`: that one sees for itself that the runner is gone), and kills what is left at the deadline.
 */
import { createInterface } from 'node:readline';
import { isAlive, signalProcess, whenGone } from './processes.ts';

const orderlyMs = Number(process.argv[2] ?? 10_000);
const pids = new Map<number, string>();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

for await (const line of createInterface(process.stdin)) {
  const [verb, pid, signal = '-'] = line.split(' ');
  if (verb === 'add') pids.set(Number(pid), signal);
  else pids.delete(Number(pid));
}

const deadline = performance.now() + orderlyMs;
for (const [pid, signal] of [...pids].reverse()) {
  if (signal !== '-' && isAlive(pid)) signalProcess(pid, signal as NodeJS.Signals);
  await whenGone(pid, deadline - performance.now());
}
for (const pid of pids.keys()) {
  if (isAlive(pid)) signalProcess(pid, 'SIGKILL');
}
