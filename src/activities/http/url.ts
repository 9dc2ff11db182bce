import { BlockList, isIP } from 'node:net';
import { clip } from '../../base/text.ts';
import { referencesIn } from '../../plan/references.ts';

/** A fault of a URL. Neither text repeats a part of the URL, which may hold a secret. */
export interface UrlProblem {
  readonly message: string;
  readonly expected: string;
}

const LONGEST_URL = 2_000;
const LONGEST_SHOWN = 200;

const notHttp: UrlProblem = {
  message: 'the URL does not begin with http:// or https://',
  expected: 'a whole URL such as https://example.com/health',
};
const withUser: UrlProblem = {
  message: 'the URL contains a user name or a password, which the history would record',
  expected: 'a URL without them, of an endpoint that needs no login',
};

/** Link-local addresses, and those of AWS that serve the same purpose in IPv6: metadata and credentials of the worker's machine. */
const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16);
linkLocal.addSubnet('fe80::', 10, 'ipv6');
linkLocal.addSubnet('fd00:ec2::', 32, 'ipv6');

/** Tells whether an IP address is one that is never asked; also if it is an IPv4 address written as IPv6. */
export function isLinkLocal(address: string): boolean {
  return linkLocal.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** The host of a URL as DNS and sockets take it: an IPv6 address without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** Finds what keeps a URL from being asked. A URL with references is judged by the rest of it, and again when they are resolved. */
export function urlProblem(text: string): UrlProblem | undefined {
  if (text.length > LONGEST_URL) {
    return { message: `the URL has more than ${LONGEST_URL} characters`, expected: 'a shorter URL' };
  }
  if (referencesIn(text).length > 0) return problemAround(text);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return notHttp;
  if (url.username !== '' || url.password !== '') return withUser;
  const host = hostOf(url);
  if (isIP(host) === 0 || !isLinkLocal(host)) return undefined;
  return {
    message: 'the URL leads to a link-local address, where a cloud gives credentials to the worker',
    expected: 'an address outside of 169.254.0.0/16, fe80::/10 and fd00:ec2::/32',
  };
}

function problemAround(text: string): UrlProblem | undefined {
  const around = text.trim().replaceAll(/\{\{[^{}]*\}\}/g, '{}');
  if (!/^(https?:\/\/|\{\})/i.test(around)) return notHttp;
  return /^https?:\/\/[^/?#]*@/i.test(around) ? withUser : undefined;
}

/** A URL as people see it: without its query, its fragment and a user. */
export function shownUrl(text: string): string {
  const [address = ''] = text.split(/[?#]/, 1);
  return clip(address.replace(/\/\/[^/]*@/, '//'), LONGEST_SHOWN);
}
