// Values of elements: each rule by the place where the chapter states it. Readers take text and give what it
// means.

import { readLiteral } from './addresses.mjs'
import { fromBig } from './octets.mjs'
import { refuse } from './refusals.mjs'
import { limit } from './registry.mjs'

const MAPPED = /^0{20}ffff/

// ---------------------------------------------------------------- addresses and ports

function isUnicast(text, octets) {
  // REQ-DOC-33
  if (!text.includes(':')) return octets[12] >= 1 && octets[12] <= 223
  // REQ-DOC-34
  const isLinkLocal = octets[0] === 0xfe && (octets[1] & 0xc0) === 0x80
  return fromBig(octets) !== 0n && octets[0] !== 0xff && !isLinkLocal && !MAPPED.test(octets.toString('hex'))
}

function isMulticast(text, octets) {
  // REQ-DOC-35
  return text.includes(':') ? octets[0] === 0xff : octets[12] >= 224 && octets[12] <= 239
}

const address = (fits) => (text) => {
  const octets = readLiteral(text)
  if (octets === null || !fits(text, octets)) refuse('bad-address')
  return text
}

/** A decimal number without sign or leading zero, in a range. */
function readDecimal(text, least, most, reason) {
  if (!/^[1-9][0-9]{0,4}$/.test(text) || Number(text) < least || Number(text) > most) refuse(reason)
  return Number(text)
}

// ---------------------------------------------------------------- text and identifiers

const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/u

/** Whether a text has characters that no text of a document may have. */
export function hasForbidden(text) {
  return FORBIDDEN.test(text)
}

function readText(text, least, most) {
  if (hasForbidden(text)) refuse('bad-text') // REQ-DOC-37
  const length = [...text].length
  if (length < least || length > most) refuse('bad-text') // REQ-DOC-38, REQ-DOC-39
  return text
}

function readHex(text) {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) refuse('bad-hex') // REQ-DOC-43
  return Buffer.from(text, 'hex')
}

function readAsIs(text) {
  if (hasForbidden(text)) refuse('bad-text') // REQ-DOC-37
  if (text.startsWith(' ') || text.endsWith(' ')) refuse('bad-text') // REQ-DOC-40
  if (text.normalize('NFC') !== text) refuse('bad-group-id') // REQ-DOC-41
  return Buffer.from(text, 'utf8')
}

function readIdentifier(text, encoding) {
  const octets = encoding === 'hex' ? readHex(text) : readAsIs(text)
  if (octets.length < 1 || octets.length > limit('group-id')) refuse('bad-group-id') // REQ-DOC-42
  return octets
}

function readDigest(text) {
  const octets = readHex(text)
  if (octets.length !== 32) refuse('bad-digest') // REQ-DOC-44
  return octets
}

// ---------------------------------------------------------------- authority and options

/** Whether octets are one DER SEQUENCE with its length in the shortest form. */
function isSequence(octets) {
  if (octets.length < 2 || octets[0] !== 0x30) return false
  if (octets[1] < 128) return octets.length === 2 + octets[1]
  const count = octets[1] & 127
  if (count < 1 || count > 2 || octets.length < 2 + count) return false
  const length = octets.readUIntBE(2, count)
  return length >= (count === 1 ? 128 : 256) && octets.length === 2 + count + length
}

function readCertificate(text) {
  const octets = Buffer.from(text, 'base64')
  if (octets.toString('base64') !== text) refuse('bad-certificate') // REQ-DOC-45
  // REQ-DOC-46
  if (octets.length > limit('authority-certificate') || !isSequence(octets)) refuse('bad-certificate')
  return octets
}

const choice =
  (...allowed) =>
  (text) =>
    allowed.includes(text) ? text : refuse('bad-option')

const unicast = address(isUnicast)
const port = (text) => readDecimal(text, 1, 65535, 'bad-port') // REQ-DOC-36

/** By the name of the element: what its text means. Refuses by REQ-DOC-31 to 48 and 50 to 52. */
export const VALUES = {
  'actual-group-id': readIdentifier,
  'peer-id': readDigest,
  name: (text) => readText(text, 1, limit('member-name')),
  'group-id': readIdentifier,
  'bootstrap-address': unicast,
  'bootstrap-port': port,
  description: (text) => readText(text, 0, limit('description')),
  policy: choice('open', 'closed'), // REQ-DOC-47
  'authority-certificate': readCertificate,
  suite: (text) => readDecimal(text, 1, 65535, 'bad-option'), // REQ-DOC-48
  'admits-receivers': (text) => choice('true', 'false')(text) === 'true', // REQ-DOC-50
  'origin-auth': choice('group', 'sender'), // REQ-DOC-51
  'multicast-address': address(isMulticast),
  'multicast-port': port,
  // REQ-DOC-52
  'max-datagram': (text) => readDecimal(text, limit('datagram'), limit('sealed-datagram'), 'bad-option'),
  'authority-fingerprint': readDigest,
  'main-group-id': readIdentifier,
  'main-bootstrap-address': unicast,
  'main-bootstrap-port': port,
}
