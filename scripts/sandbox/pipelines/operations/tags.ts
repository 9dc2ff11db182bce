import type {
  ListTagsForResourceInput,
  ListTagsForResourceOutput,
  TagResourceInput,
  UntagResourceInput,
} from '@aws-sdk/client-codepipeline';
import type { Engine } from '../engine.ts';
import { AwsFault } from '../fault.ts';
import type { Valid } from '../machine/state.ts';
import type { World } from '../store.ts';
import { page } from './page.ts';

const MOST_TAGS = 50;

export function tagOperations(engine: Engine) {
  const find = (arn: string): World => {
    const name = arn.split(':').at(-1) ?? '';
    if (engine.has(name)) return engine.pipeline(name);
    throw new AwsFault('ResourceNotFoundException', `There is no resource ${arn}.`);
  };

  return {
    TagResource({ resourceArn, tags }: Valid<TagResourceInput>): void {
      const { pipeline } = find(resourceArn);
      const kept = pipeline.tags.filter(({ key }) => !tags.some((one) => one.key === key));
      const next = [...kept, ...tags];
      if (next.length > MOST_TAGS)
        throw new AwsFault('TooManyTagsException', `A resource has ${MOST_TAGS} tags at most.`);
      pipeline.tags = next;
      engine.options.store.writePipeline(pipeline);
    },

    UntagResource({ resourceArn, tagKeys }: Valid<UntagResourceInput>): void {
      const { pipeline } = find(resourceArn);
      pipeline.tags = pipeline.tags.filter(({ key }) => !tagKeys.includes(key));
      engine.options.store.writePipeline(pipeline);
    },

    ListTagsForResource(input: Valid<ListTagsForResourceInput>): ListTagsForResourceOutput {
      const { items, nextToken } = page(find(input.resourceArn).pipeline.tags, ({ key }) => key, input);
      return { tags: [...items], ...nextToken };
    },
  };
}
