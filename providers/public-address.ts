import { lookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Loopback, private, link-local, carrier, documentation, benchmark, multicast and reserved networks (IANA registries). */
const closedNetworks = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  closedNetworks.addSubnet(network, bits, 'ipv4');
}
/** The only open IPv6 networks are in 2000::/3; of those, the ones that carry an IPv4 address are closed too. */
const openNetworks = new BlockList();
openNetworks.addSubnet('2000::', 3, 'ipv6');
for (const [network, bits] of [
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
] as const) {
  closedNetworks.addSubnet(network, bits, 'ipv6');
}

/** True for an address that anyone on the internet could reach. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !closedNetworks.check(address, 'ipv4');
  if (version === 6) {
    return openNetworks.check(address, 'ipv6') && !closedNetworks.check(address, 'ipv6');
  }
  return false;
}

/** True for a host that is written as an address, and not a public one; names are looked up later. */
export function isClosedHost(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(address) !== 0 && !isPublicAddress(address);
}

/**
 * A look-up that finds names as usual and fails with `refuse(name)` where one of the addresses is not public. It is asked
 * when the connection is made, so that a name cannot answer one thing to a check and another afterwards.
 */
export function createPublicLookup(refuse: (hostname: string) => Error): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) {
        callback(error, '');
        return;
      }
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
        callback(refuse(hostname), '');
      } else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
