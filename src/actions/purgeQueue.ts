import { defineQueueAction } from './context.ts';
import { settled } from './outcomes.ts';

export const purgeQueue = defineQueueAction({
  name: 'PurgeQueue',
  input: {},
  output: {},
  errors: ['PurgeQueueInProgress'],
  run: async ({ queue, store }) => {
    settled(await store.messages.purge(queue));
    return {};
  },
});
