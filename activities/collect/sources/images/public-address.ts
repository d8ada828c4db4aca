import { lookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { ImageUnreadableError } from './image-bytes.js';

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

/** @throws ImageUnreadableError if a host is written as an address that is not public. */
export function assertPublicHost(hostname: string): void {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) !== 0 && !isPublicAddress(address)) throw closed(hostname);
}

/**
 * Looks names up as usual and refuses those of which an address is not public. It is asked when the connection is made, so
 * that a name cannot answer one thing to a check and another afterwards.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) {
      callback(error, '');
      return;
    }
    const [first] = addresses;
    if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
      callback(closed(hostname), '');
    } else if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

function closed(hostname: string): ImageUnreadableError {
  return new ImageUnreadableError(
    `The host ${hostname} is on a loopback or private network, where rows of a data set may not send a request. If it is yours, name it in \`images\` of the source.`,
  );
}
