/** /v1/queues: queues as REST shows them. What queues are made of is the actions' business. */
import { z } from 'zod';
import type { Caller, Services } from '../actions/context.ts';
import { makeQueue } from '../actions/createQueue.ts';
import { settled } from '../actions/outcomes.ts';
import { changeQueue } from '../actions/setQueueAttributes.ts';
import { ServiceError } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import { withTags } from '../contract/tags.ts';
import type { Dispatch } from '../dispatch.ts';
import { type QueueRecord, settingsOf } from '../model/queue.ts';
import { onRecord, recordOf } from './record.ts';
import { type Route, route } from './route.ts';

export interface QueueOptions {
  services: Services;
  dispatch: Dispatch;
  /** max_length of queues created without one. */
  maxLengthDefault: number;
}

const changes = {
  max_length: z.int().min(1).nullable().optional(),
  visibility_timeout: z.int().min(0).max(LIMITS.visibilitySeconds).optional(),
  /** Any attribute by AWS's name; numbers and booleans stand for their texts. */
  attributes: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()], 'must be a string').transform(String))
    .optional(),
  tags: z.record(z.string(), z.string()).optional(),
};
const changeBody = z.object(changes);
const createBody = z.object({ name: z.string(), ...changes });

/** The attributes of a body; `visibility_timeout` beats its other name. */
function attributesOf({ attributes = {}, visibility_timeout }: z.infer<typeof changeBody>): Record<string, string> {
  return visibility_timeout === undefined
    ? attributes
    : { ...attributes, VisibilityTimeout: String(visibility_timeout) };
}

/** The five routes. */
export function queueRoutes({ services, dispatch, maxLengthDefault }: QueueOptions): Route<Caller>[] {
  const { store } = services;
  const signedIn = route<Caller>();

  async function shown(queue: QueueRecord): Promise<object> {
    const { visible, inFlight, delayed } = settled(await store.messages.counts(queue));
    return {
      name: queue.name,
      message_count: visible + inFlight + delayed,
      max_length: queue.maxLength,
      visibility_timeout: settingsOf(queue).visibilityMs / 1000,
    };
  }

  /** A queue that is deleted while the others are read is left out. */
  async function shownIfThere(queue: QueueRecord): Promise<object[]> {
    try {
      return [await shown(queue)];
    } catch (error) {
      if (error instanceof ServiceError && error.error === 'QueueDoesNotExist') return [];
      throw error;
    }
  }

  async function all({ account, region }: Caller): Promise<object[]> {
    const queues: object[] = [];
    for (let after = ''; ; ) {
      const page = await store.catalogue.list(account, region, { prefix: '', after, limit: LIMITS.page });
      for (const queue of page) queues.push(...(await shownIfThere(queue)));
      if (page.length < LIMITS.page) return queues;
      after = page.at(-1)!.name;
    }
  }

  /** The queue after the change. */
  function changed(caller: Caller, name: string, body: z.infer<typeof changeBody>): Promise<QueueRecord> {
    const { max_length: maxLength, tags: added = {} } = body;
    return onRecord(store.catalogue, caller, name, (queue) => {
      const change = { Attributes: attributesOf(body), tags: withTags(name, queue.tags, added) };
      return changeQueue(services, queue, maxLength === undefined ? change : { ...change, maxLength });
    });
  }

  return [
    signedIn({
      method: 'post',
      path: '/v1/queues',
      status: 201,
      body: createBody,
      async run({ caller, body }) {
        const { name, max_length: maxLength = maxLengthDefault, tags = {} } = body;
        const fifo = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
        const Attributes = { ...fifo, ...attributesOf(body) };
        const wanted = { QueueName: name, Attributes, tags, maxLength, exclusive: true };
        return shown(await makeQueue(services, caller, wanted));
      },
    }),
    signedIn({
      method: 'get',
      path: '/v1/queues',
      run: async ({ caller }) => ({ queues: await all(caller) }),
    }),
    signedIn({
      method: 'get',
      path: '/v1/queues/:name',
      run: async ({ caller, name }) => shown(await recordOf(store.catalogue, caller, name)),
    }),
    signedIn({
      method: 'patch',
      path: '/v1/queues/:name',
      body: changeBody,
      run: async ({ caller, name, body }) => shown(await changed(caller, name, body)),
    }),
    signedIn({
      method: 'delete',
      path: '/v1/queues/:name',
      status: 204,
      async run({ caller, name }) {
        await dispatch.invoke('DeleteQueue', { QueueUrl: name }, caller);
        return undefined;
      },
    }),
  ];
}
