import { FakeServer } from './server.ts';
import type { Behaviour, TemplateResource } from './template.ts';

export function fakeServer(): Promise<FakeServer> {
  return FakeServer.start();
}

/** A bucket that behaves as told; `value` is a property by which versions of it differ. */
export function bucket(behaviour: Behaviour = {}, value: unknown = 'v'): TemplateResource {
  return { Type: 'AWS::S3::Bucket', Properties: { Value: value }, Metadata: { Fake: behaviour } };
}

export function templateOf(resources: { readonly [name: string]: TemplateResource }, more: object = {}): string {
  return JSON.stringify({ Resources: resources, ...more });
}
