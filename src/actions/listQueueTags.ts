import { tagMap } from '../contract/tags.ts';
import { defineQueueAction } from './context.ts';

export const listQueueTags = defineQueueAction({
  name: 'ListQueueTags',
  input: {},
  output: { Tags: tagMap },
  errors: [],
  run: async ({ queue, store, fail }) => {
    // The record at hand may be an old one, and nothing else here would tell.
    const current = await store.catalogue.find(queue.account, queue.region, queue.name);
    return { Tags: (current ?? fail('QueueDoesNotExist')).tags };
  },
});
