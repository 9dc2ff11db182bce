import { CloudFormationServiceException } from '@aws-sdk/client-cloudformation';
import { PermanentError } from '../base/errors.ts';
import { clip } from '../base/text.ts';
import type { StackAddress } from './clients.ts';

/** Characters of an answer's message that are told. */
const MESSAGE_CHARACTERS = 1000;

/** Errors that a retry cannot mend: the template, the playbook or the permissions have to be changed. */
const permanent = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
  'ValidationError',
  'InsufficientCapabilitiesException',
  'LimitExceededException',
  'AuthorizationErrorException',
  'BadRequestException',
  'EndpointDisabledException',
  'InvalidParameterException',
  'InvalidParameterValueException',
  'KMSAccessDeniedException',
  'KMSDisabledException',
  'KMSNotFoundException',
  'MailFromDomainNotVerifiedException',
  'MessageRejected',
  'NotFoundException',
  'NoSuchBucket',
  'PermanentRedirect',
]);

/** Errors whose messages quote the signed request, and with it the session token. The message is not shown. */
const aboutCredentials = new Set([
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'InvalidAccessKeyId',
  'AuthFailure',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'ExpiredToken',
  'ExpiredTokenException',
  'CredentialsProviderError',
]);

const hints: { readonly [error: string]: string } = {
  InsufficientCapabilitiesException: ' Name them under "capabilities:" of the stack in the playbook.',
  AccessDenied: ' Extend the permissions of the role that was refused.',
  AccessDeniedException: ' Extend the permissions of the role that was refused.',
  AuthorizationErrorException: ' Extend the permissions of the role that was refused.',
};

/** A failure that a retry may mend: AWS cannot be reached, throttles, or does not accept the credentials. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
}

/**
 * Runs `action`, and translates its errors to messages for people: PermanentError when a retry cannot help, AwsError otherwise. Once the
 * signal is aborted, its reason is thrown.
 */
export async function explained<T>(address: StackAddress, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    // The SDK throws an error of its own for an aborted request, which does not contain the reason.
    address.signal.throwIfAborted();
    const { stackName, region } = address;
    throw explainError(error, { subject: `Stack ${stackName}`, service: `CloudFormation in ${region}` });
  }
}

/** Translates an error of an AWS client; see `explained`. `subject` is the thing that the request to `service` was about. */
export function explainError(error: unknown, about: { readonly subject: string; readonly service: string }): unknown {
  if (!(error instanceof Error) || error instanceof PermanentError || error instanceof AwsError) return error;
  const { subject, service } = about;
  const { name } = error;
  if (aboutCredentials.has(name)) {
    return new AwsError(`${subject}: AWS does not take the worker's credentials (${name}).`);
  }
  const unreachable = connectionProblem(error);
  if (unreachable !== undefined) return new AwsError(`${subject}: ${service} cannot be reached (${unreachable}).`);
  const message = `${subject}: ${name}: ${clip(error.message, MESSAGE_CHARACTERS)}${hints[name] ?? ''}`;
  return permanent.has(name) ? new PermanentError(message) : new AwsError(message);
}

function connectionProblem(error: Error): string | undefined {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'no answer in time';
  // Node tries IPv6 and IPv4, and reports an AggregateError whose message may be empty.
  return 'code' in error && typeof error.code === 'string' && /^E[A-Z_]+$/.test(error.code) ? error.code : undefined;
}

/** True for the error that CloudFormation returns for every invalid request; only its message tells the reason. */
export function isValidationError(error: unknown): error is CloudFormationServiceException {
  return error instanceof CloudFormationServiceException && error.name === 'ValidationError';
}
