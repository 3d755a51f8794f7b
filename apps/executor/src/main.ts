import 'reflect-metadata';
import { connectEventStore } from '@bot-core/event-store';
import { idOf } from '@bot-core/events';
import { connectBinance } from '@bot-core/exchange';
import { connectBus, JetStreamStrategy } from '@bot-core/jetstream';
import { runService } from '@bot-core/service';
import { NestFactory } from '@nestjs/core';
import { ExecutorModule } from './executor.module.ts';
import { followOrders } from './orders/reports.ts';
import { Trader } from './orders/trader.ts';
import { PortfolioService } from './portfolio/portfolio.service.ts';
import { executorMetrics } from './metrics.ts';
import { refuseRealExchange } from './released.ts';
import { executorSettings } from './settings.ts';

await runService({
  name: 'executor',
  settings: executorSettings,
  async start({ config, logger, health, metrics, signal }) {
    refuseRealExchange(config);
    health.set('event store', 'starting');
    const ledger = connectEventStore(config.eventStoreUrl, {
      onHealth: ({ status, error }) => health.set('event store', status === 'up' ? 'up' : 'down', error),
    });
    const bus = await connectBus({
      url: config.natsUrl,
      name: 'executor',
      logger,
      onState: (state, detail) => health.set('nats', state, detail),
    });
    const exchange = await connectBinance({ ...config, logger });
    const portfolio = new PortfolioService(ledger, config.botId, { onAppended: executorMetrics(metrics) });
    const trader = new Trader({
      portfolio,
      exchange,
      claimant: config.executorName,
      recvWindowMs: config.recvWindowMs,
      logger,
      signal,
    });

    await portfolio.load();
    await observeBalances();
    const following = await followOrders({
      exchange,
      trader,
      health,
      logger,
      checkIntervalMs: config.positionCheckIntervalMs,
    });
    await trader.settle();
    await trader.review();

    const strategy = new JetStreamStrategy({ bus, logger, metrics });
    const app = await NestFactory.createMicroservice(ExecutorModule.with({ portfolio, trader, exchange }), {
      strategy,
      logger: false,
    });
    await app.listen();
    return {
      close: async () => {
        await app.close();
        await following.close();
        await exchange.close();
        await bus.close();
        await ledger.close();
      },
    };

    async function observeBalances(): Promise<void> {
      const [balances, at] = await Promise.all([exchange.balances(), exchange.now()]);
      const id = idOf('first balances', config.botId);
      await portfolio.execute({ type: 'ObserveBalances', balances, at }, { correlationId: id, causationId: id });
    }
  },
});
