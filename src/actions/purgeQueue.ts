import { LIMITS } from '../contract/limits.ts';
import { defineQueueAction } from './context.ts';
import { settled } from './outcomes.ts';

export const purgeQueue = defineQueueAction({
  name: 'PurgeQueue',
  input: {},
  output: {},
  errors: ['PurgeQueueInProgress'],
  run: async ({ queue, store, banMs, fail }) => {
    if (settled(await store.messages.purge(queue, banMs))) return {};
    return fail(
      'PurgeQueueInProgress',
      `Only one PurgeQueue operation on ${queue.name} is allowed every ${LIMITS.banSeconds} seconds.`,
    );
  },
});
