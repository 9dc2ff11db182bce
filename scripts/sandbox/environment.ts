/** Addresses of what has been started; a part that has not been started is left out. */
export interface SandboxAddresses {
  /** `127.0.0.1:7233` */
  readonly temporal?: string | undefined;
  /** `http://127.0.0.1:4566` */
  readonly emulator?: string | undefined;
  /**
   * The stand-in of CodePipeline and CodeBuild, if clients are to call it directly. Left out, they call it through the emulator, which
   * then checks with IAM who may.
   */
  readonly pipelines?: string | undefined;
}

/** The environment variables that point Temporal's and AWS's own clients, and so phasegate, at the sandbox. */
export function sandboxEnvironment({ temporal, emulator, pipelines }: SandboxAddresses): Record<string, string> {
  return {
    ...(temporal ? { TEMPORAL_ADDRESS: temporal } : {}),
    ...(emulator
      ? {
          ...blanked(),
          AWS_ENDPOINT_URL: emulator,
          // The emulator takes any credentials; these keep a real account's from being sent to it.
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
          AWS_REGION: 'eu-west-1',
          // The name by which version 1 of the AWS CLI, and Python's SDK, know the region.
          AWS_DEFAULT_REGION: 'eu-west-1',
          // Node 20 works. The SDK's warning about its future would stand in the middle of the demo.
          AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        }
      : {}),
    ...(pipelines ? { AWS_ENDPOINT_URL_CODEPIPELINE: pipelines, AWS_ENDPOINT_URL_CODEBUILD: pipelines } : {}),
  };
}

/** What leads the SDKs to a real account although the endpoint and keys are given. An empty value counts as none. */
function blanked(): Record<string, string> {
  const leading = /^AWS_(PROFILE|DEFAULT_PROFILE|SESSION_TOKEN|ENDPOINT_URL_\w+|IGNORE_CONFIGURED_ENDPOINT_URLS)$/;
  const set = Object.keys(process.env).filter((name) => leading.test(name) && process.env[name] !== '');
  return Object.fromEntries(set.map((name) => [name, '']));
}
