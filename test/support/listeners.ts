import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { platform } from 'node:os';
import { promisify } from 'node:util';

/** Addresses, as `127.0.0.1:4566`, at which the processes of a group accept TCP connections. */
export async function listeners(group: number): Promise<string[]> {
  return platform() === 'linux' ? fromProc(group) : fromLsof(group);
}

async function fromProc(group: number): Promise<string[]> {
  const inodes = new Set<string>();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if ((await groupOf(pid)) !== group) continue;
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      const [, inode] = /^socket:\[(\d+)\]$/.exec(target) ?? [];
      if (inode !== undefined) inodes.add(inode);
    }
  }
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  return tables
    .flatMap((table) => table.split('\n').slice(1))
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      return state === LISTEN && inodes.has(inode) ? [readable(local)] : [];
    });
}

const LISTEN = '0A';

async function groupOf(pid: string): Promise<number | undefined> {
  // The name, in parentheses, may hold anything.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === undefined ? undefined : Number(group);
}

/** The kernel writes an address as words of the machine's own byte order. */
function readable(local: string): string {
  const [address = '', port = ''] = local.split(':');
  const bytes = (address.match(/../g) ?? []).map((byte) => parseInt(byte, 16));
  return `${address.length === 8 ? bytes.reverse().join('.') : address}:${parseInt(port, 16)}`;
}

async function fromLsof(group: number): Promise<string[]> {
  const { stdout } = await promisify(execFile)('lsof', ['-nP', '-a', '-g', `${group}`, '-iTCP', '-sTCP:LISTEN', '-Fn']);
  return stdout.split('\n').flatMap((line) => (line.startsWith('n') ? [line.slice(1)] : []));
}
