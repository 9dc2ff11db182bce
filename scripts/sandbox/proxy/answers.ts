import type { AwsCall, Protocol } from './call.ts';

/** An answer of the proxy's own, as the service itself would write it. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

interface ServiceError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly by: 'Sender' | 'Receiver';
}

const throttled: { readonly [protocol in Protocol]: ServiceError } = {
  query: { status: 400, code: 'Throttling', message: 'Rate exceeded', by: 'Sender' },
  ec2: { status: 503, code: 'RequestLimitExceeded', message: 'Request limit exceeded.', by: 'Sender' },
  json: { status: 400, code: 'ThrottlingException', message: 'Rate exceeded', by: 'Sender' },
  rest: { status: 503, code: 'SlowDown', message: 'Please reduce your request rate.', by: 'Sender' },
};

/** AWS's answer to a client that asks too often: the code decides whether an SDK slows down, and each protocol has its own. */
export function throttling({ protocol }: AwsCall): Answer {
  return envelope(protocol, throttled[protocol]);
}

/** AWS's answer when it has failed itself. */
export function internalFailure({ protocol }: AwsCall): Answer {
  const code = protocol === 'rest' ? 'InternalError' : 'InternalFailure';
  return envelope(protocol, { status: 500, code, message: 'An internal error has occurred.', by: 'Receiver' });
}

function envelope(protocol: Protocol, { status, code, message, by }: ServiceError): Answer {
  const error = `<Code>${code}</Code><Message>${message}</Message>`;
  const xml = (body: string): Answer => ({ status, contentType: 'text/xml', body });
  switch (protocol) {
    case 'json':
      return { status, contentType: 'application/x-amz-json-1.1', body: JSON.stringify({ __type: code, message }) };
    case 'ec2':
      return xml(`<Response><Errors><Error>${error}</Error></Errors><RequestID>proxy</RequestID></Response>`);
    case 'rest':
      return xml(`<Error>${error}<RequestId>proxy</RequestId></Error>`);
    case 'query':
      return xml(
        `<ErrorResponse><Error><Type>${by}</Type>${error}</Error><RequestId>proxy</RequestId></ErrorResponse>`,
      );
  }
}
