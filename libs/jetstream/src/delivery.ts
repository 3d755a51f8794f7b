import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import type { Link } from './connection.ts';

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
/** By then the server delivers it again anyway. */
const answerLaterMs = 60_000;

/**
 * The place is in the reply subject (NATS ADR-15):
 * `$JS.ACK[.<domain>.<account>].<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>[.<token>]`.
 * @returns undefined when it is no message of a stream.
 */
export const deliveryOf = (link: Link, message: Msg): Delivery | undefined => {
  const reply = message.reply;
  const tokens = reply?.split('.') ?? [];
  if (reply === undefined || tokens[0] !== '$JS' || tokens[1] !== 'ACK' || tokens.length < 9) return undefined;
  const [stream = '', , delivered = '', sequence = ''] = tokens.slice(tokens.length === 9 ? 2 : 4);
  const send = (text: string) => {
    if (!link.connection.isClosed()) link.connection.publish(reply, text);
  };
  // The client throws away what is written while it is disconnected.
  const answer = (text: string) => {
    if (link.isUp()) send(text);
    else void link.whenUp(answerLaterMs).then((up) => up && send(text));
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
      await link.connection.request(reply, '+ACK', { timeout: confirmMs });
    },
    nak: (delayMs) => answer(`-NAK ${JSON.stringify({ delay: Math.round(delayMs * 1_000_000) })}`),
    working: () => {
      if (link.isUp()) send('+WPI');
    },
    term: (reason) => answer(`+TERM ${oneLine(reason).slice(0, 200)}`),
  };
};

/** Fit for a header or a line of the protocol. */
export const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
