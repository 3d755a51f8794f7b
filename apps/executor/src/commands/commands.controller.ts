import { executorRpc, type RequestOf, type ResponseOf, type TradingSymbol } from '@bot-core/events';
import type { Exchange } from '@bot-core/exchange';
import { Answers, RpcRefusal } from '@bot-core/jetstream';
import type { PortfolioCommand, TradingEvent } from '@bot-core/trading';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { Trader } from '../orders/trader.ts';
import { PortfolioService } from '../portfolio/portfolio.service.ts';
import { EXCHANGE } from '../tokens.ts';

type Done = ResponseOf<typeof executorRpc.startBot>;

/** An operator's commands. Repeating one with the same request id does it once. */
@Controller()
export class CommandsController {
  constructor(
    private readonly portfolio: PortfolioService,
    private readonly trader: Trader,
    @Inject(EXCHANGE) private readonly exchange: Exchange,
  ) {}

  @Answers(executorRpc.startBot)
  async startBot(@Payload() { requestId, by }: RequestOf<typeof executorRpc.startBot>): Promise<Done> {
    await this.#execute({ type: 'StartBot', requestId, by, at: await this.exchange.now() });
    return this.#done();
  }

  @Answers(executorRpc.stopBot)
  async stopBot(@Payload() { requestId, by }: RequestOf<typeof executorRpc.stopBot>): Promise<Done> {
    await this.#execute({ type: 'StopBot', requestId, by, at: await this.exchange.now() });
    return this.#done();
  }

  @Answers(executorRpc.changeConfig)
  async changeConfig(@Payload() { requestId, by, config }: RequestOf<typeof executorRpc.changeConfig>): Promise<Done> {
    await this.#execute({ type: 'ChangeConfig', requestId, by, config, at: await this.exchange.now() });
    return this.#done();
  }

  @Answers(executorRpc.closePosition)
  async closePosition(@Payload() request: RequestOf<typeof executorRpc.closePosition>): Promise<Done> {
    if (!this.portfolio.state.positions.has(request.symbol))
      throw new RpcRefusal('no-position', `There is no open position in ${request.symbol}.`);
    const events = await this.#close(request.symbol, request);
    if (events.length === 0)
      throw new RpcRefusal('order-pending', `An order for ${request.symbol} is under way. Ask again when it is done.`);
    return this.#done();
  }

  @Answers(executorRpc.closeAll)
  async closeAll(@Payload() request: RequestOf<typeof executorRpc.closeAll>): Promise<Done> {
    for (const symbol of [...this.portfolio.state.positions.keys()]) await this.#close(symbol, request);
    return this.#done();
  }

  async #close(
    symbol: TradingSymbol,
    { requestId, by }: { requestId: string; by: string },
  ): Promise<readonly TradingEvent[]> {
    const [rules, at] = await Promise.all([this.exchange.rules(symbol), this.exchange.now()]);
    return this.#execute({ type: 'ClosePosition', requestId, by, symbol, rules, at });
  }

  async #execute(command: PortfolioCommand & { requestId: string }): Promise<readonly TradingEvent[]> {
    const { requestId } = command;
    const events = await this.portfolio.execute(command, { correlationId: requestId, causationId: requestId });
    await this.trader.settle();
    return events;
  }

  #done(): Done {
    return { revision: this.portfolio.revision };
  }
}
