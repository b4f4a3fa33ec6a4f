/** @file Which network addresses a dataset URL may lead to. */
import { BlockList, isIP, isIPv4 } from 'node:net';
import { PictorError } from '../contracts/index.ts';
import type { UrlPolicy } from './limits.ts';

export type AddressKind = 'public' | 'loopback' | 'private';

/** 0.0.0.0 and :: reach the machine itself. */
const LOOPBACK = blockList(['127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128']);

/** Everything of the IANA special-purpose registries that is not globally reachable. */
const PRIVATE = blockList([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]);

function blockList(subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address, prefix] = subnet.split('/');
    list.addSubnet(address, Number(prefix), isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** @param address an IPv4 or IPv6 address as text, without brackets; a zone (`%eth0`) is ignored. */
export function addressKind(address: string): AddressKind {
  const bare = address.split('%')[0];
  if (isIPv4(bare)) return listed(bare, 'ipv4');
  if (isIP(bare) === 0) return 'private';
  const inner = embeddedIPv4(bare);
  if (inner !== null) return listed(inner, 'ipv4');
  return listed(bare, 'ipv6');
}

function listed(address: string, family: 'ipv4' | 'ipv6'): AddressKind {
  if (LOOPBACK.check(address, family)) return 'loopback';
  return PRIVATE.check(address, family) ? 'private' : 'public';
}

/** The IPv4 address that an IPv6 one leads to: mapped, compatible, translated (NAT64) or 6to4. */
function embeddedIPv4(address: string): string | null {
  const groups = expandIPv6(address);
  const dotted = (high: number, low: number) => [high >> 8, high & 255, low >> 8, low & 255].join('.');
  const zeros = (count: number) => groups.slice(0, count).every((group) => group === 0);
  if (zeros(5) && groups[5] === 0xffff) return dotted(groups[6], groups[7]);
  if (zeros(4) && groups[4] === 0xffff && groups[5] === 0) return dotted(groups[6], groups[7]);
  // ::/128 and ::1/128 are addresses of their own.
  if (zeros(6) && (groups[6] !== 0 || groups[7] > 1)) return dotted(groups[6], groups[7]);
  if (groups[0] === 0x64 && groups[1] === 0xff9b) return dotted(groups[6], groups[7]);
  if (groups[0] === 0x2002) return dotted(groups[1], groups[2]);
  return null;
}

function expandIPv6(address: string): number[] {
  const withGroups = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [(Number(a) << 8) | Number(b), (Number(c) << 8) | Number(d)].map((group) => group.toString(16)).join(':'),
  );
  const [head, tail] = withGroups.split('::');
  const parse = (text: string | undefined) => (text ? text.split(':').map((group) => Number.parseInt(group, 16)) : []);
  const [left, right] = [parse(head), parse(tail)];
  return [...left, ...new Array(Math.max(0, 8 - left.length - right.length)).fill(0), ...right];
}

/** @throws url_private when the policy does not allow the address that a host leads to. */
export function checkAddress(host: string, address: string, policy: UrlPolicy): void {
  const kind = addressKind(address);
  if (kind === 'loopback' && !policy.allowLoopback) {
    throw new PictorError(
      'url_private',
      `The URL leads to this machine itself (${host}), which is allowed only while Pictor listens on loopback alone.`,
      {
        fix: 'Use a public address. Whoever runs this server may set PICTOR_ALLOW_PRIVATE_URLS=1 to allow its own network.',
        details: { host },
      },
    );
  }
  if (kind === 'private' && !policy.allowPrivate) {
    throw new PictorError(
      'url_private',
      `The URL leads into a private network (${host}), which is refused unless PICTOR_ALLOW_PRIVATE_URLS is set.`,
      { details: { host } },
    );
  }
}
