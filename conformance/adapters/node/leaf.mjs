// Leaves: the one certificate that a peer shows, and its checks in their order.

import { verify } from 'node:crypto'

import { ALTERNATIVE, OID, readCertificate } from './certificate.mjs'
import { DerError } from './der.mjs'
import { fromBig, fromLittle } from './octets.mjs'
import { misuse, refuse } from './refusals.mjs'
import { limit } from './registry.mjs'
import { isP256Point, power } from './suites.mjs'

const DAY = 86400
const P = 2n ** 255n - 19n
const D = ((P - 121665n) * power(121666n, P - 2n, P)) % P
const MAY_BE_CRITICAL = new Set([OID.basicConstraints, OID.keyUsage, OID.extKeyUsage, OID.subjectAltName])
const DIGITAL_SIGNATURE = 0
const KEY_CERT_SIGN = 5

const mod = (value) => ((value % P) + P) % P

/** x^2 of the Edwards point with coordinate y. */
const xSquared = (y) => mod((y * y - 1n) * power(mod(D * y * y + 1n), P - 2n, P))

/** Whether an Ed25519 key is canonical, on the curve, and of an order that does not divide 8. */
function isSoundEd25519(key) {
  let y = fromLittle(key) & (2n ** 255n - 1n)
  if (y >= P) return false
  if (power(xSquared(y), (P - 1n) / 2n, P) === P - 1n) return false
  for (let doubling = 0; doubling < 3; doubling += 1) {
    const square = xSquared(y)
    y = mod((y * y + square) * power(mod(2n + square - y * y), P - 2n, P))
  }
  return y !== 1n
}

const NAMED_P256 = Buffer.from('06082a8648ce3d030107', 'hex') // DER of the curve's object identifier

/** The kind of a key, ed25519 or p256; null where it is neither. */
function keyKind({ algorithm, unused, octets }) {
  if (unused !== 0) return null
  if (algorithm.oid === OID.ed25519 && algorithm.parameter === undefined && octets.length === 32)
    return 'ed25519'
  const isNamed = algorithm.oid === OID.ecPublicKey && algorithm.parameter?.whole.equals(NAMED_P256)
  if (!isNamed || octets.length !== 65 || octets[0] !== 4) return null
  return isP256Point(fromBig(octets.subarray(1, 33)), fromBig(octets.subarray(33))) ? 'p256' : null
}

/** A certificate, or null where the octets are none in DER. */
function readStrictly(octets) {
  try {
    return readCertificate(octets)
  } catch (problem) {
    if (problem instanceof DerError) return null
    throw problem
  }
}

/** Reads a leaf and its key. Refuses by REQ-LEF-1 to REQ-LEF-5. */
function readLeaf(octets) {
  if (octets.length > limit('leaf')) refuse('leaf-too-long') // REQ-LEF-1
  const certificate = readStrictly(octets)
  if (certificate === null) refuse('leaf-encoding') // REQ-LEF-2
  if (certificate.version !== 3) refuse('leaf-version') // REQ-LEF-3
  const kind = keyKind(certificate.key)
  if (kind === null) refuse('leaf-key') // REQ-LEF-4
  if (kind === 'ed25519' && !isSoundEd25519(certificate.key.octets)) refuse('leaf-small-order') // REQ-LEF-5
  return { certificate, kind, spki: certificate.key.spki }
}

/** The key of a certificate of which nothing else is checked; null where it is none, or has another key. */
export function keyOfCertificate(octets) {
  const certificate = readStrictly(octets)
  const kind = certificate && keyKind(certificate.key)
  return kind ? { kind, spki: certificate.key.spki } : null
}

/** The key of a leaf of which nothing else is checked. One without a key of ours is the caller's mistake. */
export function readKeyOfLeaf(octets) {
  return (
    keyOfCertificate(octets) ??
    misuse('leaf must be a certificate in DER with an Ed25519 or a P-256 key')
  )
}

function checkSignatureAlgorithm({ algorithm, innerAlgorithm }) {
  // REQ-LEF-6
  const isKnown =
    (algorithm.oid === OID.ed25519 || algorithm.oid === OID.ecdsaSha256) && algorithm.parameter === undefined
  if (!isKnown || !algorithm.whole.equals(innerAlgorithm.whole)) refuse('leaf-signature-algorithm')
}

function checkExtensions({ extensions }) {
  // REQ-LEF-7
  if (new Set(extensions.map((one) => one.oid)).size !== extensions.length) refuse('leaf-extension')
  if (extensions.some((one) => one.critical && !MAY_BE_CRITICAL.has(one.oid))) refuse('leaf-extension')
  if (!extensions.every((one) => one.isSound)) refuse('leaf-extension')
}

function checkUsage(certificate) {
  // REQ-LEF-8
  const usage = certificate.extension(OID.keyUsage)
  if (usage && !usage(DIGITAL_SIGNATURE)) refuse('leaf-usage')
  const extended = certificate.extension(OID.extKeyUsage)
  if (extended && !extended.includes(OID.clientAuth)) refuse('leaf-usage')
  if (certificate.extension(OID.basicConstraints)) refuse('leaf-usage')
}

const latin = (octets) => octets.toString('latin1')

const ASCII = (octets) => (octets.every((octet) => octet < 128) ? latin(octets) : null)

function decodeWith(encoding, octets) {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(octets)
  } catch {
    return null
  }
}

/** UTF-32, big-endian; null where it is none. */
function utf32(octets) {
  if (octets.length % 4 !== 0) return null
  const points = Array.from({ length: octets.length / 4 }, (_, at) => octets.readUInt32BE(4 * at))
  return points.every((point) => point < 0xd800 || (point > 0xdfff && point <= 0x10ffff))
    ? String.fromCodePoint(...points)
    : null
}

// By tag: the character strings that a name may be, each with the function that gives its text, or null.
const STRINGS = new Map([
  [0x0c, (octets) => decodeWith('utf-8', octets)], // UTF8String
  // Numeric-, Printable-, IA5-, VisibleString
  ...[0x12, 0x13, 0x16, 0x1a].map((tag) => [tag, ASCII]),
  [0x14, latin], // TeletexString
  [0x1e, (octets) => decodeWith('utf-16be', octets)], // BMPString
  [0x1c, utf32], // UniversalString
  ...[ALTERNATIVE.mail, ALTERNATIVE.dns, ALTERNATIVE.uri].map((tag) => [tag, ASCII]),
])

/** Whether the value of a name is no character string, is malformed, or holds a control character. */
function isMalformed({ tag, value }) {
  const text = STRINGS.get(tag)?.(value) ?? null
  return text === null || /\p{Cc}/u.test(text)
}

/** Whether a GeneralName of a kind that is looked at is malformed. */
function isMalformedAlternative(name) {
  if ([ALTERNATIVE.mail, ALTERNATIVE.dns, ALTERNATIVE.uri].includes(name.tag)) return isMalformed(name)
  return name.attributes === null || name.attributes.some(isMalformed)
}

function checkNames(certificate) {
  // REQ-LEF-9. The issuer is left alone: REQ-LEF-14.
  const alternatives = certificate.extension(OID.subjectAltName) ?? []
  if (certificate.attributes.length === 0 && alternatives.length === 0) refuse('leaf-name')
  if (certificate.attributes.some(isMalformed) || alternatives.some(isMalformedAlternative))
    refuse('leaf-name')
}

function checkValidity({ notBefore, notAfter }, policy, seconds) {
  // REQ-LEF-10
  if (seconds < notBefore) refuse('leaf-not-yet-valid')
  if (seconds > notAfter) refuse('leaf-expired')
  // REQ-LEF-11
  if (notAfter - notBefore > limit(`leaf-validity-${policy}`) * DAY) refuse('leaf-validity-too-long')
}

function checkAdmission(certificate, overlay) {
  // REQ-LEF-12
  if (!certificate.extension(OID.keyUsage) || !certificate.extension(OID.extKeyUsage)) refuse('leaf-usage')
  const alternatives = certificate.extension(OID.subjectAltName) ?? []
  const stem = `urn:coterie:${overlay.toString('hex')}:`
  const isOurs =
    alternatives.length === 1 &&
    alternatives[0].tag === ALTERNATIVE.uri &&
    [`${stem}member`, `${stem}receiver`].includes(latin(alternatives[0].value))
  if (!isOurs) refuse('leaf-name')
  return latin(alternatives[0].value).slice(stem.length)
}

/** Whether the authority's certificate may sign, now. */
function isAuthority(authority, seconds) {
  const mayIssue =
    authority.extension(OID.basicConstraints) === true &&
    authority.extension(OID.keyUsage)?.(KEY_CERT_SIGN) === true
  return mayIssue && seconds >= authority.notBefore && seconds <= authority.notAfter
}

function checkIssuer(certificate, authority, seconds) {
  // REQ-LEF-13
  const isSigned =
    certificate.issuer.equals(authority.subject) &&
    certificate.algorithm.oid === OID.ecdsaSha256 &&
    keyKind(authority.key) === 'p256' &&
    verify(
      'sha256',
      certificate.signed,
      { key: authority.key.spki, format: 'der', type: 'spki' },
      certificate.signature,
    )
  if (!isSigned || !isAuthority(authority, seconds)) refuse('leaf-issuer')
}

/** The certificate of the authority, for policy closed. Without a readable one nothing can be checked. */
function readAuthority(octets) {
  if (octets === undefined) misuse('policy closed needs the certificate of the authority')
  return readStrictly(octets) ?? misuse('authority must be one certificate in DER')
}

/**
 * Checks a leaf for an overlay at a wall clock in seconds; `authority` is DER, for policy closed. Returns
 * {spki, kind, role}; the role, member or receiver, is what policy closed admits to.
 */
export function checkLeaf(octets, { overlay, policy, authority, seconds }) {
  const issuer = policy === 'closed' ? readAuthority(authority) : null
  const { certificate, kind, spki } = readLeaf(octets)
  checkSignatureAlgorithm(certificate)
  checkExtensions(certificate)
  checkUsage(certificate)
  checkNames(certificate)
  checkValidity(certificate, policy, seconds)
  if (issuer === null) return { spki, kind }
  const role = checkAdmission(certificate, overlay)
  checkIssuer(certificate, issuer, seconds)
  return { spki, kind, role }
}
