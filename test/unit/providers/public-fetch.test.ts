import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../../providers/public-fetch.js';

describe('isPublicAddress', () => {
  it.each([
    ['8.8.8.8', true],
    ['2606:4700::1111', true],
    ['10.1.2.3', false],
    ['172.31.0.1', false],
    ['169.254.169.254', false],
    ['100.64.0.1', false],
    ['0.0.0.0', false],
    ['255.255.255.255', false],
    ['::1', false],
    ['fd00::1', false],
    ['fe80::1', false],
    ['::ffff:10.0.0.1', false],
    ['64:ff9b::a00:1', false],
    ['2002:a00:1::', false],
    // Each network of the IANA registries that is not for hosts of the internet.
    ['10.255.255.255', false],
    ['100.127.255.255', false],
    ['127.255.255.255', false],
    ['172.16.0.0', false],
    ['192.0.0.8', false],
    ['192.0.2.1', false],
    ['192.168.0.1', false],
    ['198.19.255.255', false],
    ['198.51.100.1', false],
    ['203.0.113.1', false],
    ['224.0.0.1', false],
    ['240.0.0.1', false],
    ['2001::1', false],
    ['2001:db8::1', false],
    // An IPv4 address inside, also a public one.
    ['::ffff:8.8.8.8', false],
    ['::8.8.8.8', false],
    ['64:ff9b::808:808', false],
    ['64:ff9b:1::1', false],
    ['2002:808:808::', false],
    // Not assigned to anyone: only 2000::/3 is.
    ['1::1', false],
    ['200::1', false],
    ['1fff:ffff::1', false],
    ['4000::1', false],
    ['8000::1', false],
    ['e000::1', false],
    ['fe00::1', false],
    ['fec0::1', false],
    ['ff02::1', false],
    // Zones, other notations and names.
    ['2606:4700::1111%eth0', false],
    ['010.0.0.1', false],
    ['2130706433', false],
    ['0x7f.1', false],
    ['example.org', false],
    ['', false],
    // Neighbours of closed networks.
    ['9.255.255.255', true],
    ['11.0.0.0', true],
    ['172.15.255.255', true],
    ['172.32.0.0', true],
    ['223.255.255.255', true],
    ['2003::1', true],
  ])('%s is a public address: %s', (address, isPublic) => {
    expect(isPublicAddress(address)).toBe(isPublic);
  });
});
