import type { Msg, MsgHdrs, NatsConnection } from '@nats-io/transport-node';

/** One delivery of a stored message, to be answered with exactly one of `ack`, `nak` and `term`. */
export interface Delivery {
  readonly subject: string;
  readonly headers: MsgHdrs | undefined;
  readonly data: Uint8Array;
  readonly stream: string;
  readonly sequence: number;
  /** 1 at the first. */
  readonly deliveryCount: number;
  ack(): void;
  /** Waits until the server has confirmed the acknowledgement. */
  ackConfirmed(): Promise<void>;
  /** Asks for it again, after `delayMs`. */
  nak(delayMs: number): void;
  /** Puts off the redelivery by the consumer's `ack_wait`. */
  working(): void;
  term(reason: string): void;
}

const confirmMs = 2_000;

/**
 * The place is in the reply subject (NATS ADR-15):
 * `$JS.ACK[.<domain>.<account>].<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>[.<token>]`.
 * @returns undefined when it is no message of a stream.
 */
export const deliveryOf = (connection: NatsConnection, message: Msg): Delivery | undefined => {
  const reply = message.reply;
  const tokens = reply?.split('.') ?? [];
  if (reply === undefined || tokens[0] !== '$JS' || tokens[1] !== 'ACK' || tokens.length < 9) return undefined;
  const [stream = '', , delivered = '', sequence = ''] = tokens.slice(tokens.length === 9 ? 2 : 4);
  const answer = (text: string) => {
    if (!connection.isClosed()) connection.publish(reply, text);
  };
  return {
    subject: message.subject,
    headers: message.headers,
    data: message.data,
    stream,
    sequence: Number(sequence),
    deliveryCount: Number(delivered),
    ack: () => answer('+ACK'),
    ackConfirmed: async () => {
      await connection.request(reply, '+ACK', { timeout: confirmMs });
    },
    nak: (delayMs) => answer(`-NAK ${JSON.stringify({ delay: Math.round(delayMs * 1_000_000) })}`),
    working: () => answer('+WPI'),
    term: (reason) => answer(`+TERM ${oneLine(reason).slice(0, 200)}`),
  };
};

/** Fit for a header or a line of the protocol. */
export const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
