import { serviceSettings } from './common.ts';
import type { Setting, Settings } from './settings.ts';

/**
 * The configuration of the services as a Markdown table: one row per variable, in alphabetical order.
 * @throws {Error} when two services declare one variable with another default, meaning or secrecy.
 */
export const configurationTable = (services: Readonly<Record<string, Settings>>): string => {
  const rows = new Map<string, { declared: Setting; usedBy: string[] }>();
  for (const [service, settings] of Object.entries(services)) {
    for (const declared of Object.values<Setting>({ ...serviceSettings(service), ...settings })) {
      const row = rows.get(declared.env) ?? { declared, usedBy: [] };
      refuseDisagreement(row.declared, declared, service);
      row.usedBy.push(service);
      rows.set(declared.env, row);
    }
  }
  const everyone = Object.keys(services).length;
  const lines = [...rows.values()]
    .sort((a, b) => (a.declared.env < b.declared.env ? -1 : 1))
    .map(({ declared, usedBy }) => {
      const users = usedBy.length === everyone && everyone > 1 ? 'every service' : usedBy.join(', ');
      return `| \`${declared.env}\` | ${defaultOf(declared)} | ${users} | ${escape(declared.doc)} |`;
    });
  return ['| Variable | Default | Read by | What it is |', '| --- | --- | --- | --- |', ...lines, ''].join('\n');
};

const refuseDisagreement = (first: Setting, second: Setting, service: string) => {
  if (first.default === second.default && first.doc === second.doc && first.secret === second.secret) return;
  throw new Error(
    `configuration: ${second.env} is declared differently by ${service} and by another service. ` +
      'Declare it once and share it, or give it another name.',
  );
};

const defaultOf = (declared: Setting): string => {
  const shown = declared.default || (declared.schema.safeParse(declared.default).success ? 'none' : 'required');
  if (declared.secret) return `${declared.default ? 'set' : shown}, secret`;
  return declared.default ? `\`${escape(shown)}\`` : shown;
};

const escape = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
