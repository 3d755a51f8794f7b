export { commonSettings, exchangeSettings, serviceSettings } from './common.ts';
export { exitWithParent } from './exit-with-parent.ts';
export { Health, type DependencyHealth, type DependencyState, type HealthSnapshot } from './health.ts';
export { createLogger, type Logger, type LogSink } from './logger.ts';
export { startOpsServer, type OpsServer } from './ops-server.ts';
export { runService, type RunningService, type ServiceContext, type ServiceDefinition } from './run.ts';
export {
  type Config,
  ConfigurationError,
  type ConfigurationFault,
  loadSettings,
  secretsOf,
  setting,
  type Setting,
  type Settings,
} from './settings.ts';
export { configurationTable } from './table.ts';
export { flag, list, port, url, wholeNumber } from './values.ts';
