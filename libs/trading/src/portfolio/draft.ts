import { idOf, type PortfolioData, type PortfolioEvent, type PortfolioEventType } from '@bot-core/events';
import { evolve } from './evolve.ts';
import type { Portfolio } from './state.ts';

/** Events decided so far and the state after them, so that a rule can build on what the one before it decided. */
export interface Draft {
  readonly state: Portfolio;
  readonly events: readonly PortfolioEvent[];
  /** `key` is what the event stands for; its id is derived from it. */
  emit<Type extends PortfolioEventType>(type: Type, key: readonly (string | number)[], data: PortfolioData<Type>): void;
}

export const draftOn = (initial: Portfolio): Draft => {
  let state = initial;
  const events: PortfolioEvent[] = [];
  return {
    get state() {
      return state;
    },
    events,
    emit(type, key, data) {
      const event = { id: idOf(type, state.botId, ...key), type, data } as PortfolioEvent;
      events.push(event);
      state = evolve(state, event);
    },
  };
};
