#!/usr/bin/env node
/**
 * Stands in for Terraform where none is installed: as much of its command line, exit codes and JSON as suites/terraform.mjs uses,
 * for configurations of `terraform_data` resources in JSON. Like the real one it refuses a saved plan whose state has moved on.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const [command, ...args] = process.argv.slice(2);
const read = (file, otherwise) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : otherwise);
const state = read('terraform.tfstate', { serial: 0, resources: {}, outputs: {} });
const commands = { init: () => 0, plan, show, apply, output };
process.exitCode = commands[command]?.() ?? 1;

function plan() {
  const environment = args.find((arg) => arg.startsWith('-var=environment=')).slice('-var=environment='.length);
  const { resource, output: declared = {} } = read('main.tf.json', {});
  const wanted = resource.terraform_data ?? {};
  const outputs = Object.fromEntries(
    Object.entries(declared).map(([name, { value, sensitive = false }]) => [
      name,
      { sensitive, value: String(value).replace('${var.environment}', environment) },
    ]),
  );
  const names = [...new Set([...Object.keys(state.resources), ...Object.keys(wanted)])];
  const changes = names.map((name) => ({
    address: `terraform_data.${name}`,
    change: { actions: actionsOf(state.resources[name], wanted[name]) },
  }));
  const file = args.find((arg) => arg.startsWith('-out=')).slice('-out='.length);
  const saved = { serial: state.serial, wanted, outputs, resource_changes: changes };
  writeFileSync(file, JSON.stringify(saved));
  const isSame = changes.every(({ change }) => change.actions[0] === 'no-op');
  return isSame && JSON.stringify(outputs) === JSON.stringify(state.outputs) ? 0 : 2;
}

function actionsOf(before, after) {
  if (before === undefined) return ['create'];
  if (after === undefined) return ['delete'];
  if (before.triggers_replace !== after.triggers_replace) return ['delete', 'create'];
  return before.input === after.input ? ['no-op'] : ['update'];
}

function show() {
  const { resource_changes } = read(args.at(-1));
  console.log(JSON.stringify({ format_version: '1.2', resource_changes }));
  return 0;
}

function apply() {
  const { serial, wanted, outputs } = read(args.at(-1));
  if (serial !== state.serial) {
    console.error('Error: Saved plan is stale');
    return 1;
  }
  writeFileSync('terraform.tfstate', JSON.stringify({ serial: serial + 1, resources: wanted, outputs }));
  return 0;
}

function output() {
  console.log(JSON.stringify(state.outputs));
  return 0;
}
