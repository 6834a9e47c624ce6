// Names of peers, nodes and overlays, and the octets of an address.

import { isIP } from 'node:net'

import { sha256 } from './hash.mjs'
import { integer } from './octets.mjs'
import { misuse, refuse } from './refusals.mjs'
import { label, limit } from './registry.mjs'

/** Peer-ID of a key, given as DER SubjectPublicKeyInfo. */
export function peerId(spki) {
  // REQ-NAM-1
  return sha256(label('peer-id'), spki)
}

/** Node-ID of a key in one overlay (16 octets). */
export function nodeId(overlay, spki) {
  // REQ-NAM-2
  return sha256(label('node-id'), overlay, spki)
}

/** Refuses a Group-ID of a forbidden length, and octets that are text but not in form NFC. */
export function checkGroupId(group) {
  // REQ-NAM-3
  if (group.length < 1 || group.length > limit('group-id')) refuse('bad-group-id')
  let text
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(group)
  } catch {
    return // not text, so binary: any octets
  }
  if (text.normalize('NFC') !== text) refuse('bad-group-id')
}

/** Overlay-ID of (Group-ID, authority); `authority` is a hash of 32 octets, or empty for an open group. */
export function overlayId(group, authority) {
  checkGroupId(group)
  // REQ-NAM-4
  return sha256(label('overlay-id'), integer(group.length, 1), group, authority).subarray(0, 16)
}

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
export function addressOctets(text) {
  if (isIP(text) === 4) return Buffer.from([...Array(10).fill(0), 255, 255, ...text.split('.').map(Number)])
  if (isIP(text) !== 6 || text.includes('%')) return null
  return Buffer.concat(ipv6Groups(text).map((group) => integer(parseInt(group, 16), 2)))
}

/** A(address): 18 octets of "192.0.2.1:4000" or "[2001:db8::1]:4000". */
export function endpointOctets(text) {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(0|[1-9][0-9]{0,4})$/.exec(text)
  const octets = parts && addressOctets(parts[1] ?? parts[2])
  if (!octets || (parts[1] && isIP(parts[1]) !== 6) || Number(parts[3]) > 65535)
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
