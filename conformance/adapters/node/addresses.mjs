// Addresses and ports: their one textual form, and their octets on the wire.

import { isIP } from 'node:net'

import { integer } from './octets.mjs'
import { misuse } from './refusals.mjs'

/** The eight groups of a textual IPv6 address that node:net has found well-formed. */
function ipv6Groups(text) {
  const dotted = /(.*:)([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)$/.exec(text)
  if (dotted) {
    const [a, b, c, d] = dotted.slice(2).map(Number)
    return ipv6Groups(`${dotted[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`)
  }
  const [head, tail] = text.split('::').map((half) => (half === '' ? [] : half.split(':')))
  if (tail === undefined) return head
  return [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail]
}

/** 16 octets of a literal address; IPv4 is mapped into IPv6. Null where it is neither. */
function addressOctets(text) {
  if (isIP(text) === 4) return Buffer.from([...Array(10).fill(0), 255, 255, ...text.split('.').map(Number)])
  if (isIP(text) !== 6 || text.includes('%')) return null
  return Buffer.concat(ipv6Groups(text).map((group) => integer(parseInt(group, 16), 2)))
}

/** An IPv6 address in the one form of RFC 5952, all in hexadecimal. */
function canonicalIpv6(octets) {
  const groups = Array.from({ length: 8 }, (_, at) => octets.readUInt16BE(2 * at).toString(16))
  let best = { start: 0, length: 0 }
  for (let start = 0; start < 8; start += 1) {
    let length = 0
    while (groups[start + length] === '0') length += 1
    if (length > best.length) best = { start, length }
  }
  if (best.length < 2) return groups.join(':')
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`
}

/** 16 octets of an address in its canonical form, IPv4 mapped into IPv6; null where it is another text. */
export function readLiteral(text) {
  if (!text.includes(':')) {
    // REQ-DOC-31
    const isDotted = /^(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})$/.test(text)
    return isDotted ? addressOctets(text) : null
  }
  // REQ-DOC-32
  const octets = addressOctets(text)
  return octets && canonicalIpv6(octets) === text ? octets : null
}

/** A(address): 18 octets of "192.0.2.1:4000" or "[2001:db8::1]:4000". */
export function endpointOctets(text) {
  const parts = /^(?:\[([^\]]*:[^\]]*)\]|([0-9.]+)):(0|[1-9][0-9]{0,4})$/.exec(text)
  const octets = parts && readLiteral(parts[1] ?? parts[2])
  if (!octets || Number(parts[3]) > 65535)
    misuse('an address is written 192.0.2.1:4000 or [2001:db8::1]:4000')
  return Buffer.concat([octets, integer(parts[3], 2)])
}

const MAPPED = Buffer.from('00000000000000000000ffff', 'hex')

/** Whether a peer can be reached at a contact: a unicast address, a port, and no zone. */
export function isReachable({ address, port }) {
  // REQ-SES-21
  if (port === 0) return false
  if (address.subarray(0, 12).equals(MAPPED)) {
    const ipv4 = address.subarray(12)
    const unspecified = ipv4.equals(Buffer.alloc(4))
    const broadcast = ipv4.equals(Buffer.alloc(4, 255))
    return !unspecified && !broadcast && !(ipv4[0] >= 224 && ipv4[0] <= 239)
  }
  return !address.equals(Buffer.alloc(16)) && address[0] !== 255
}
