/**
 * Applies infra/nats/streams.json and consumers.json to the server that NATS_URL names, and reports what differs.
 *   apply-cli.ts [--overwrite] [--folder DIR]
 * Exit code 0: all is as declared; 3: something differs; 1: it could not be done.
 */
import { parseArgs } from 'node:util';
import { connectBus } from './bus.ts';
import { applyInfrastructure, hasDrift } from './infrastructure/apply.ts';
import { readInfrastructure } from './infrastructure/declarations.ts';
import { findingsTable } from './infrastructure/report.ts';

const main = async (): Promise<number> => {
  const { values } = parseArgs({ options: { overwrite: { type: 'boolean' }, folder: { type: 'string' } } });
  const declared = await readInfrastructure(values.folder);
  const bus = await connectBus({ url: process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222', name: 'apply' });
  try {
    const findings = await applyInfrastructure(bus, declared, { overwrite: values.overwrite ?? false });
    console.log(findingsTable(findings));
    if (!hasDrift(findings)) return 0;
    console.error(
      '\njetstream: the server differs from infra/nats and was left as it is. Correct the files, or run this with --overwrite.\n' +
        'What a server ignores needs a newer server.',
    );
    return 3;
  } finally {
    await bus.close();
  }
};

process.exitCode = await main().catch((error: Error) => {
  console.error(error.message);
  return 1;
});
