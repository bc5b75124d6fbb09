import { tagMap } from '../contract/tags.ts';
import { defineQueueAction } from './context.ts';

export const listQueueTags = defineQueueAction({
  name: 'ListQueueTags',
  input: {},
  output: { Tags: tagMap },
  errors: [],
  run: async ({ queue, store }) => {
    // The record at hand may be an old one, and nothing else here would tell.
    const { tags } = (await store.catalogue.find(queue.account, queue.region, queue.name)) ?? queue;
    return { Tags: tags };
  },
});
