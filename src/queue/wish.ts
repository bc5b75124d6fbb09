/** The words of a receive: what is wished for, and what is given. */
import type { Body, Message, State } from './parts.ts';

export interface Wish {
  max: number;
  visibilityMs: number;
  retentionMs: number;
  inFlightLimit: number;
  /** 48 random bits; every message of this call carries them. */
  generation: number;
  /** The same for every attempt of one call; '' for a call that is not repeated. */
  requestId: string;
  /** FIFO: stands for the ReceiveRequestAttemptId; '' for none. */
  attemptId: string;
  /** FIFO: the queue's delay. */
  delayMs: number;
  /** How often a message is received here before it is a dead letter, and the name of their queue. 0 and '' for never. */
  maxReceiveCount: number;
  deadLetterQueue: string;
}

export interface Delivery {
  number: number;
  message: Message;
  body: Body;
  state: State;
}

export interface Received {
  epoch: number;
  deliveries: Delivery[];
  /** The look limit ended the call: ask again. */
  more: boolean;
  /** The in-flight limit kept a message from being handed out. */
  overLimit: boolean;
  /** When nothing was received: when the next message comes back or out by itself; 0 when none will. */
  nextDue: number;
  /** Messages stand in the outbox: they are to be moved. */
  leaving: boolean;
  /** FIFO: what the attempt was given before has changed since; nothing was received. */
  changed: boolean;
}
