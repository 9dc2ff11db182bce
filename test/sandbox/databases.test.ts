import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { Client } from 'pg';
import { startEmulator, type Emulator } from '../../scripts/sandbox/emulator.ts';
import { accepts } from '../../scripts/sandbox/ports.ts';
import { callJson, clientFor, Stacks, type Outputs } from '../support/emulator-stacks.ts';
import { listeners } from '../support/listeners.ts';
import { freePort } from '../support/sandbox.ts';

describe('databases of stacks', function () {
  this.timeout(120_000);
  let stateDir: string;
  let emulator: Emulator;
  let stacks: Stacks;
  let development: Outputs;
  let testing: Outputs;

  before(async () => {
    // Where the databases' user, who is not root, can enter.
    stateDir = await mkdtemp('/var/tmp/phasegate-test-');
    await start();
    development = await stacks.create('development', database('development'));
    testing = await stacks.create('testing', database('testing'));
  });

  after(async () => {
    await emulator.stop();
    await rm(stateDir, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    emulator = await startEmulator({ port: await freePort(), resourceDelay: 0, databases: true, stateDir });
    stacks = new Stacks(clientFor(emulator));
  }

  it('let the master user in, with the password of the secret, at the address and port of the stack', async () => {
    const client = await connect(development);
    const { rows } = await client.query<{ name: string; owner: string; superuser: boolean; version: string }>(
      `SELECT current_database() AS name, current_user AS owner, usesuper AS superuser,
        current_setting('server_version') AS version FROM pg_user WHERE usename = current_user`,
    );
    await client.end();
    assert.deepEqual(rows, [{ name: 'application', owner: 'application_owner', superuser: false, version: '17.9' }]);
  });

  it('describe the same address through RDS', async () => {
    const { DBInstances = [] } = await new RDSClient(clientFor(emulator)).send(new DescribeDBInstancesCommand());
    const described = DBInstances.map(({ Endpoint }) => `${Endpoint?.Address}:${Endpoint?.Port}`).sort();
    const told = [development, testing].map(({ Address, Port }) => `${Address}:${Port}`).sort();
    assert.deepEqual(described, told);
  });

  it('are separate, though their users and databases have the same names, and let their owner make roles', async () => {
    const [first, second] = await Promise.all([connect(development), connect(testing)]);
    for (const client of [first, second]) {
      await client.query(
        'CREATE TABLE orders (id text); CREATE ROLE reporting LOGIN; GRANT SELECT ON orders TO reporting',
      );
    }
    await first.query("INSERT INTO orders VALUES ('one')");
    assert.deepEqual((await second.query('SELECT * FROM orders')).rows, []);
    await Promise.all([first.end(), second.end()]);
    const { Password } = await secretOf(testing);
    await assert.rejects(connect(development, Password), /password authentication failed/);
  });

  it('take connections over TLS alone, from this machine alone', async () => {
    const { Address: host = '', Port } = development;
    const { Username: user, Password: password } = await secretOf(development);
    const plain = new Client({ host, port: Number(Port), user, password, database: 'application' });
    await assert.rejects(plain.connect(), /no encryption/);
    const elsewhere = (await listeners(emulator.pid)).filter((address) => !address.startsWith('127.0.0.1:'));
    assert.deepEqual(elsewhere, []);
  });

  it("are trusted by a function that trusts AWS's authorities", async () => {
    await stacks.create('function', trusting(development));
    const lambda = new LambdaClient(clientFor(emulator));
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'trusting' }));
    assert.equal(Buffer.from(Payload ?? []).toString(), '"authorized"');
  });

  it('follow a change of the password in the template', async () => {
    const outputs = await stacks.create('reports', withPassword('first-password'));
    await (await connect(outputs, 'first-password')).end();
    await stacks.update('reports', withPassword("second'password"));
    await (await connect(outputs, "second'password")).end();
    await assert.rejects(connect(outputs, 'first-password'), /password authentication failed/);
  });

  it('survive a restart of the emulator', async () => {
    const before = await connect(development);
    await before.query('CREATE TABLE kept (id text)');
    await before.end();
    await emulator.stop();
    assert.equal(await accepts(Number(development['Port'])), false);
    await start();
    const again = await connect(development);
    assert.deepEqual((await again.query('SELECT * FROM kept')).rows, []);
    await again.end();
  });

  it('go with their stacks', async () => {
    assert.equal(await accepts(Number(testing['Port'])), true);
    await stacks.remove('testing');
    assert.equal(await accepts(Number(testing['Port'])), false);
    assert.equal(await accepts(Number(development['Port'])), true);
  });

  async function secretOf({ Secret = '' }: Outputs): Promise<{ Username: string; Password: string }> {
    const target = 'secretsmanager.GetSecretValue';
    const { SecretString } = await callJson<{ SecretString: string }>(emulator.url, 'secretsmanager', target, {
      SecretId: Secret,
    });
    const { username, password } = JSON.parse(SecretString) as { username: string; password: string };
    return { Username: username, Password: password };
  }

  async function connect(outputs: Outputs, other?: string): Promise<Client> {
    const password = other ?? (await secretOf(outputs)).Password;
    const ca = await readFile(emulator.databasesCaFile, 'utf8');
    const { Address: host = '', Port } = outputs;
    const client = new Client({
      ...{ host, port: Number(Port), user: 'application_owner', database: 'application' },
      password,
      ssl: { ca },
    });
    await client.connect();
    return client;
  }
});

const database = (environment: string): string => `
Resources:
  Database:
    Type: AWS::RDS::DBInstance
    DeletionPolicy: Delete
    Properties:
      DBInstanceIdentifier: ${environment}
      Engine: postgres
      EngineVersion: '17.9'
      DBInstanceClass: db.t4g.micro
      DBName: application
      AllocatedStorage: '20'
      MasterUsername: application_owner
      ManageMasterUserPassword: true
Outputs:
  Address: { Value: !GetAtt Database.Endpoint.Address }
  Port: { Value: !GetAtt Database.Endpoint.Port }
  Secret: { Value: !GetAtt Database.MasterUserSecret.SecretArn }
`;

const withPassword = (password: string): string =>
  database('reports')
    .replace('ManageMasterUserPassword: true', `MasterUserPassword: ${password}`)
    .replace(/^ *Secret:.*$/m, '');

/** A function that speaks TLS to the database as `pg` does, and tells whether it trusts the certificate. */
const trusting = ({ Address = '', Port = '' }: Outputs): string => `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{ Effect: Allow, Action: sts:AssumeRole, Principal: { Service: lambda.amazonaws.com } }]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: trusting
      Runtime: nodejs24.x
      Handler: index.handler
      Timeout: 20
      Role: !GetAtt Role.Arn
      Environment:
        Variables: { NODE_EXTRA_CA_CERTS: /var/runtime/ca-cert.pem, HOST: '${Address}', PORT: '${Port}' }
      Code:
        ZipFile: |
          const { connect } = require('node:net');
          const tls = require('node:tls');
          exports.handler = () => new Promise((resolve, reject) => {
            const socket = connect({ host: process.env.HOST, port: Number(process.env.PORT) });
            socket.on('error', reject);
            // The request for TLS of PostgreSQL's protocol, which is answered by one letter.
            socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
            socket.once('data', () => {
              const secure = tls.connect({ socket, host: process.env.HOST });
              secure.on('error', reject);
              secure.once('secureConnect', () => resolve(secure.authorized ? 'authorized' : 'not authorized'));
            });
          });
`;
