/** Prints where nats-server is, after putting it under `.tools/` when there is none on this machine. */
import { locateNatsServer } from './nats.ts';

try {
  const { path, version } = await locateNatsServer();
  console.log(`${path} ${version}`);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
