import { defineQueueAction } from './context.ts';
import { settled } from './outcomes.ts';

export const deleteQueue = defineQueueAction({
  name: 'DeleteQueue',
  input: {},
  output: {},
  errors: [],
  run: async ({ queue, store }) => {
    settled(await store.catalogue.remove(queue));
    return {};
  },
});
