// Octets and integers: big-endian on the wire, BigInt in arithmetic.

import { misuse } from './refusals.mjs'

/** `value` as `size` octets, big-endian. A value that does not fit is the caller's mistake. */
export function integer(value, size) {
  const number = BigInt(value)
  if (number < 0n || number >= 1n << BigInt(8 * size))
    misuse(`${value} does not fit ${size} octets; give an unsigned integer that does`)
  return Buffer.from(number.toString(16).padStart(2 * size, '0'), 'hex')
}

/** Octets, big-endian, as a BigInt. */
export function fromBig(octets) {
  return octets.length === 0 ? 0n : BigInt('0x' + octets.toString('hex'))
}

/** Octets, little-endian, as a BigInt. */
export function fromLittle(octets) {
  return fromBig(Buffer.from(octets).reverse())
}

/** `value` as `size` octets, little-endian. */
export function little(value, size) {
  return integer(value, size).reverse()
}

/** `octets` from hexadecimal text in lower case; `size` demands a length. */
export function unhex(text, name, size = undefined) {
  if (typeof text !== 'string' || !/^(?:[0-9a-f]{2})*$/.test(text))
    misuse(`${name} must be lower-case hexadecimal with two digits an octet`)
  const octets = Buffer.from(text, 'hex')
  if (size !== undefined && octets.length !== size) misuse(`${name} must have ${size} octets`)
  return octets
}

/** True where every octet is zero. */
export function isZero(octets) {
  return octets.every((octet) => octet === 0)
}
