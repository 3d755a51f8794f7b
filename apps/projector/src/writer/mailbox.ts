/** Between sources that push one at a time and a writer that takes what has gathered. */
export interface Mailbox<Item> {
  /** Resolves when there is room for the next: a slow writer slows its sources. Items after `close` are dropped. */
  push(item: Item): Promise<void>;
  /** At most `limit` items in their order, at least one; undefined when none came within `waitMs` or it was closed. */
  take(limit: number, waitMs: number): Promise<readonly Item[] | undefined>;
  close(): void;
}

export const mailbox = <Item>(capacity: number): Mailbox<Item> => {
  let items: Item[] = [];
  let closed = false;
  let wakeTaker: (() => void) | undefined;
  const waitingPushers: (() => void)[] = [];
  const letPushersGo = () => {
    if (closed || items.length < capacity) for (const go of waitingPushers.splice(0)) go();
  };
  return {
    push: async (item) => {
      if (closed) return;
      items.push(item);
      wakeTaker?.();
      if (items.length >= capacity) await new Promise<void>((resolve) => waitingPushers.push(resolve));
    },
    take: async (limit, waitMs) => {
      if (items.length === 0 && !closed) await woken((wake) => (wakeTaker = wake), waitMs);
      wakeTaker = undefined;
      if (closed || items.length === 0) return undefined;
      const taken = items.slice(0, limit);
      items = items.slice(limit);
      letPushersGo();
      return taken;
    },
    close: () => {
      closed = true;
      items = [];
      wakeTaker?.();
      letPushersGo();
    },
  };
};

const woken = (listen: (wake: () => void) => void, waitMs: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, waitMs);
    listen(() => {
      clearTimeout(timer);
      resolve();
    });
  });
