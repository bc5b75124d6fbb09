import { missing } from '../contract/shape.ts';
import { tagMap, withTags } from '../contract/tags.ts';
import { defineQueueAction } from './context.ts';
import { settled } from './outcomes.ts';

const noTags = () => missing('Tags');

export const tagQueue = defineQueueAction({
  name: 'TagQueue',
  input: { Tags: tagMap.required(noTags) },
  output: {},
  errors: [],
  run: async ({ input, queue, store }) => {
    if (Object.keys(input.Tags).length === 0) throw noTags();
    const tags = withTags(queue.name, queue.tags, input.Tags);
    settled(await store.catalogue.update(queue, { tags, modifiedAtMs: queue.modifiedAtMs }));
    return {};
  },
});
