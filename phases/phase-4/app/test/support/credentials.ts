import assert from 'node:assert/strict';
import {
  CognitoIdentityClient,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
} from '@aws-sdk/client-cognito-identity';
import { S3Client } from '@aws-sdk/client-s3';
import { signIn, type Person } from './people.ts';

/** An S3 client with the AWS credentials that the identity pool gives a person. */
export async function credentialsOf(person: Person) {
  const { IDENTITY_POOL_ID: IdentityPoolId, DOCUMENTS_BUCKET: Bucket } = process.env;
  assert.ok(IdentityPoolId && Bucket, 'npm run test:system needs IDENTITY_POOL_ID and DOCUMENTS_BUCKET');
  const { id_token } = await signIn(person);
  const [, payload = ''] = id_token.split('.');
  const { iss } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iss: string };
  const Logins = { [iss.replace('https://', '')]: id_token };
  const identities = new CognitoIdentityClient({
    credentials: { accessKeyId: 'AKIAANONYMOUS', secretAccessKey: 'x' },
  });
  const { IdentityId } = await identities.send(new GetIdCommand({ IdentityPoolId, Logins }));
  const { Credentials } = await identities.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins }));
  const client = new S3Client({
    forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined,
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    },
  });
  return { client, identity: IdentityId ?? '', Bucket };
}
