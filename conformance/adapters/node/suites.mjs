// The two suites: elements, scalars, raising, folding, and the checks of every element that arrives.

import { createECDH, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'

import { fromBig, fromLittle, integer, little } from './octets.mjs'
import { misuse, refuse } from './refusals.mjs'
import { suiteByCode } from './registry.mjs'

/** base ** exponent mod modulus, by squaring. */
export function power(base, exponent, modulus) {
  let result = 1n
  for (let factor = base % modulus, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * factor) % modulus
    factor = (factor * factor) % modulus
  }
  return result
}

const positive = (value, modulus) => ((value % modulus) + modulus) % modulus

// ---------------------------------------------------------------- suite 1: X25519

const P25519 = 2n ** 255n - 19n
const L25519 = 2n ** 252n + 27742317777372353535851937790883648493n
const EIGHTH = power(8n, L25519 - 2n, L25519)
// RFC 7748 and its security notes: the canonical u whose points have an order that divides 8, on the curve or
// its twist.
const LOW_ORDER = new Set([
  0n,
  1n,
  P25519 - 1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
])
const X25519_SPKI = Buffer.from('302a300506032b656e032100', 'hex')
const X25519_PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex')

/**
 * The scalar 2^254 + 8m that acts like `c` or `-c` mod the group order; null where neither m is below 2^251.
 */
function representative(c) {
  for (const candidate of [c, -c]) {
    const m = positive((candidate - 2n ** 254n) * EIGHTH, L25519)
    if (m < 2n ** 251n) return 2n ** 254n + 8n * m
  }
  return null
}

const x25519 = {
  base: little(9n, 32),
  drawLength: 32,

  checkCanonical(element) {
    // REQ-KEY-2
    if (fromLittle(element) >= P25519) refuse('noncanonical-element')
  },
  checkOrder(element) {
    // REQ-KEY-3
    if (LOW_ORDER.has(fromLittle(element))) refuse('low-order-element')
  },
  checkCurve() {}, // a u on the twist is let through: the run then ends at CONFIRM

  checkScalar(scalar) {
    const value = fromLittle(scalar)
    if (value >> 254n !== 1n || value % 8n !== 0n)
      misuse('a scalar of suite 1 is 2^254 + 8m with m below 2^251, little-endian')
  },
  raise(element, scalar) {
    const publicKey = createPublicKey({
      key: Buffer.concat([X25519_SPKI, element]),
      format: 'der',
      type: 'spki',
    })
    const privateKey = createPrivateKey({
      key: Buffer.concat([X25519_PKCS8, scalar]),
      format: 'der',
      type: 'pkcs8',
    })
    return diffieHellman({ publicKey, privateKey })
  },
  scalarFromDraw(octets) {
    const scalar = Buffer.from(octets)
    scalar[0] &= 248
    scalar[31] = (scalar[31] & 127) | 64
    return scalar
  },
  fold(x, y) {
    // REQ-KEY-1
    const product = representative((fromLittle(x) * fromLittle(y)) % L25519)
    if (product === null) misuse('these scalars have no product of the form 2^254 + 8m; draw another y')
    return little(product, 32)
  },
}

// ---------------------------------------------------------------- suite 2: P-256 by x-coordinates

const P256 = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n
const B256 = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn
const N256 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const G256 = 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n

/** Whether some point of P-256 has the x-coordinate `x`. */
function isP256Coordinate(x) {
  const square = positive(x * x * x - 3n * x + B256, P256)
  return square === 0n || power(square, (P256 - 1n) / 2n, P256) === 1n
}

/** Whether (x, y) is a point of P-256 with both coordinates reduced. */
export function isP256Point(x, y) {
  return x < P256 && y < P256 && positive(y * y - (x * x * x - 3n * x + B256), P256) === 0n
}

const p256 = {
  base: integer(G256, 32),
  drawLength: 48,

  checkCanonical(element) {
    // REQ-KEY-2
    if (fromBig(element) >= P256) refuse('noncanonical-element')
  },
  checkOrder() {}, // the group has prime order
  checkCurve(element) {
    // REQ-KEY-4
    if (!isP256Coordinate(fromBig(element))) refuse('not-on-curve')
  },
  checkScalar(scalar) {
    const value = fromBig(scalar)
    if (value < 1n || value >= N256) misuse('a scalar of suite 2 is 1 to n-1, big-endian')
  },
  raise(element, scalar) {
    const exchange = createECDH('prime256v1')
    exchange.setPrivateKey(scalar)
    return exchange.computeSecret(Buffer.concat([Buffer.of(2), element])) // 0x02: the point with even y
  },
  scalarFromDraw(octets) {
    return integer((fromBig(octets) % (N256 - 1n)) + 1n, 32)
  },
  fold(x, y) {
    // REQ-KEY-1
    return integer((fromBig(x) * fromBig(y)) % N256, 32)
  },
}

const suites = new Map([
  [1, x25519],
  [2, p256],
])

/** The suite with a code. An unknown code is the caller's mistake. */
export function suite(code) {
  if (!suites.has(code) || !suiteByCode.has(code)) misuse('suite must be 1 or 2')
  return suites.get(code)
}

/**
 * `element` raised to `scalar`. An element that can have no place in a run is refused before anything is
 * computed.
 */
export function raise(code, element, scalar) {
  const group = suite(code)
  group.checkScalar(scalar)
  group.checkCanonical(element)
  group.checkOrder(element)
  group.checkCurve(element)
  return group.raise(element, scalar)
}

/** The scalar that a draw of the suite's length gives. */
export function scalarFromDraw(code, octets) {
  const group = suite(code)
  if (octets.length !== group.drawLength)
    misuse(`a scalar of suite ${code} is drawn from ${group.drawLength} octets`)
  return group.scalarFromDraw(octets)
}

/** One scalar that acts like `x` and `y` one after the other. */
export function fold(code, x, y) {
  const group = suite(code)
  group.checkScalar(x)
  group.checkScalar(y)
  return group.fold(x, y)
}

/** Checks the elements of one flow: `entries`, and `total` where the flow is an UP. */
export function checkElements(code, entries, total = undefined) {
  const group = suite(code)
  const all = total === undefined ? entries : [...entries, total]
  all.forEach((element, place) => {
    group.checkCanonical(element)
    group.checkOrder(element)
    group.checkCurve(element)
    // REQ-KEY-5
    if (element.equals(group.base) && !(entries.length === 1 && place === 0)) refuse('base-point-element')
  })
  // REQ-KEY-6
  if (new Set(all.map((element) => element.toString('hex'))).size !== all.length) refuse('repeated-element')
}
