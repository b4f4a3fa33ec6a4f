import { describe, expect, it } from 'vitest';
import { addressKind, checkAddress } from './address-policy.ts';

describe('addressKind', () => {
  it.each([
    '127.0.0.1',
    '127.255.0.3',
    '0.0.0.0',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
  ])('%s leads to this machine', (address) => {
    expect(addressKind(address)).toBe('loopback');
  });

  it.each([
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '100.100.100.200',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd00:ec2::254',
    'fec0::1',
    'ff02::1',
    '2001:db8::1',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a00:1',
    '2002:c0a8:101::1',
    'no address',
  ])('%s is private', (address) => {
    expect(addressKind(address)).toBe('private');
  });

  it.each([
    '8.8.8.8',
    '172.32.0.1',
    '172.15.255.255',
    '11.0.0.1',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
    '2002:808:808::1',
  ])('%s is public', (address) => {
    expect(addressKind(address)).toBe('public');
  });
});

describe('checkAddress', () => {
  it('allows what the policy allows, and names the setting otherwise', () => {
    const all = { allowLoopback: true, allowPrivate: true };
    const none = { allowLoopback: false, allowPrivate: false };
    expect(() => checkAddress('host', '10.0.0.1', all)).not.toThrow();
    expect(() => checkAddress('host', '127.0.0.1', { allowLoopback: true, allowPrivate: false })).not.toThrow();
    expect(() => checkAddress('host', '10.0.0.1', { allowLoopback: true, allowPrivate: false })).toThrow(
      /PICTOR_ALLOW_PRIVATE_URLS/,
    );
    expect(() => checkAddress('host', '127.0.0.1', { allowLoopback: false, allowPrivate: true })).toThrow(
      expect.objectContaining({ code: 'url_private', status: 403 }),
    );
    expect(() => checkAddress('host', '1.1.1.1', none)).not.toThrow();
  });
});
