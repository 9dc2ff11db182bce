import type { IncomingHttpHeaders } from 'node:http';

/** The protocol in which a service writes requests and errors. */
export type Protocol = 'query' | 'ec2' | 'json' | 'rest';

/** One request to AWS, as far as its envelope tells. */
export interface AwsCall {
  /** As in the signature: `cloudformation`. */
  readonly service: string;
  /** `CreateChangeSet`; of services whose operations are addresses, such as S3, the method: `PUT`. */
  readonly operation: string;
  readonly protocol: Protocol;
  /** Of the query protocols: the form's fields. Empty for the others. */
  readonly fields: { readonly [name: string]: string };
}

export interface AwsRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Reads a request: its service, operation and form fields. */
export function readCall({ method, headers, body }: AwsRequest): AwsCall {
  const service = serviceOf(headers);
  const target = headers['x-amz-target'];
  if (typeof target === 'string') {
    return { service, operation: target.slice(target.lastIndexOf('.') + 1), protocol: 'json', fields: {} };
  }
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true) {
    const fields = Object.fromEntries(new URLSearchParams(body.toString('utf8')));
    const protocol = service === 'ec2' ? 'ec2' : 'query';
    return { service, operation: fields['Action'] ?? 'unknown', protocol, fields };
  }
  return { service, operation: method, protocol: 'rest', fields: {} };
}

/** The credential scope of Signature Version 4 names the service: `Credential=KEY/20261125/eu-west-1/cloudformation/aws4_request`. */
function serviceOf({ authorization = '' }: IncomingHttpHeaders): string {
  return /Credential=[^/,]+\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/.exec(authorization)?.[1] ?? 'unsigned';
}

const reading =
  /^(?:Describe|List|Get|Head|Detect|Validate|Simulate|Assume|Lookup|Filter|Query|Scan|Select|Batch|OPTIONS)/i;

/** True when the call may change something. */
export function isMutating({ operation }: AwsCall): boolean {
  return !reading.test(operation);
}

/** Name of the stack that a call is about, from the name or the ARN in it; `undefined` where it has neither. */
export function stackNameOf({ fields }: AwsCall): string | undefined {
  const name = fields['StackName'];
  return name?.startsWith('arn:') === true ? name.split('/')[1] : name;
}
