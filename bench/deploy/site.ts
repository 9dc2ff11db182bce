import {
  paginateDescribeStackEvents,
  paginateDescribeStacks,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { emulatorClient } from '../../scripts/chaos/found-stacks.ts';
import { startEmulator, type Emulator } from '../../scripts/sandbox/emulator.ts';
import { freePort } from '../../scripts/sandbox/ports.ts';
import type { AwsCall } from '../../scripts/sandbox/proxy/call.ts';
import { startProxy, type AwsProxy } from '../../scripts/sandbox/proxy/proxy.ts';

/** The state of one stack after a run. */
export interface LiveStack {
  readonly status: string;
  readonly outputs: { readonly [name: string]: string };
  readonly resources: number;
}

/** A new emulator of AWS, behind a proxy that records all calls. */
export class Site {
  readonly emulator: Emulator;
  readonly proxy: AwsProxy;

  private constructor(emulator: Emulator, proxy: AwsProxy) {
    this.emulator = emulator;
    this.proxy = proxy;
  }

  /** @param onDone called after the emulator has answered a call, and before the caller gets the response */
  static async open(resourceDelay: number, onDone: (call: AwsCall) => void): Promise<Site> {
    const emulator = await startEmulator({ port: await freePort(), resourceDelay });
    return new Site(emulator, await startProxy({ upstream: emulator.url, onDone }));
  }

  /** All stacks by name. */
  async stacks(): Promise<Map<string, LiveStack>> {
    const client = emulatorClient(this.emulator.url);
    const found = new Map<string, LiveStack>();
    for await (const { Stacks = [] } of paginateDescribeStacks({ client }, {})) {
      for (const { StackName = '', StackStatus = '', Outputs = [] } of Stacks) {
        let resources = 0;
        for await (const page of paginateListStackResources({ client }, { StackName })) {
          resources += page.StackResourceSummaries?.length ?? 0;
        }
        const outputs = Object.fromEntries(
          Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
        );
        found.set(StackName, { status: StackStatus, outputs, resources });
      }
    }
    return found;
  }

  /** Completion times of the stacks, in epoch milliseconds, from the emulator's events. */
  async completions(): Promise<Map<string, number>> {
    const client = emulatorClient(this.emulator.url);
    const found = new Map<string, number>();
    for (const [name, { status }] of await this.stacks()) {
      for await (const { StackEvents = [] } of paginateDescribeStackEvents({ client }, { StackName: name })) {
        // Events come newest first.
        const end = StackEvents.find((one) => one.PhysicalResourceId === one.StackId && one.ResourceStatus === status);
        if (end?.Timestamp !== undefined && !found.has(name)) found.set(name, end.Timestamp.getTime());
      }
    }
    return found;
  }

  async close(): Promise<void> {
    await this.proxy.stop();
    await this.emulator.stop();
  }
}
