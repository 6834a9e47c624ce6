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
const D = (P - 121665n) * power(121666n, P - 2n, P) % P
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
  if (algorithm.oid === OID.ed25519 && algorithm.parameter === undefined && octets.length === 32) return 'ed25519'
  const isNamed = algorithm.oid === OID.ecPublicKey && algorithm.parameter?.whole.equals(NAMED_P256)
  if (!isNamed || octets.length !== 65 || octets[0] !== 4) return null
  return isP256Point(fromBig(octets.subarray(1, 33)), fromBig(octets.subarray(33))) ? 'p256' : null
}

/** Reads a leaf and its key. Refuses by REQ-LEF-1 to REQ-LEF-5. */
export function readLeaf(octets) {
  if (octets.length > limit('leaf')) refuse('leaf-too-long') // REQ-LEF-1
  let certificate
  try {
    certificate = readCertificate(octets)
  } catch (problem) {
    if (problem instanceof DerError) refuse('leaf-encoding') // REQ-LEF-2
    throw problem
  }
  if (certificate.version !== 3) refuse('leaf-version') // REQ-LEF-3
  const kind = keyKind(certificate.key)
  if (kind === null) refuse('leaf-key') // REQ-LEF-4
  if (kind === 'ed25519' && !isSoundEd25519(certificate.key.octets)) refuse('leaf-small-order') // REQ-LEF-5
  return { certificate, kind, spki: certificate.key.spki }
}

function checkSignatureAlgorithm({ algorithm, innerAlgorithm }) {
  // REQ-LEF-6
  const isKnown = (algorithm.oid === OID.ed25519 || algorithm.oid === OID.ecdsaSha256) && algorithm.parameter === undefined
  if (!isKnown || !algorithm.whole.equals(innerAlgorithm.whole)) refuse('leaf-signature-algorithm')
}

function checkExtensions({ extensions }) {
  // REQ-LEF-7
  if (new Set(extensions.map((one) => one.oid)).size !== extensions.length) refuse('leaf-extension')
  if (extensions.some((one) => one.critical && !MAY_BE_CRITICAL.has(one.oid))) refuse('leaf-extension')
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
const wide = (octets, width) =>
  octets.length % width === 0 ? Array.from({ length: octets.length / width }, (_, at) => octets.readUIntBE(at * width, width)) : [0]

/** Whether a string of a name holds a control character, or is none of its type. */
function isMalformed({ tag, value }) {
  if (tag === 0x1e || tag === 0x1c) return wide(value, tag === 0x1e ? 2 : 4).some((point) => point < 32 || (point > 126 && point < 160))
  let text = latin(value)
  if (tag === 0x0c) {
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value)
    } catch {
      return true
    }
  }
  return /\p{Cc}/u.test(text)
}

function isMalformedAlternative(name) {
  if ([ALTERNATIVE.mail, ALTERNATIVE.dns, ALTERNATIVE.uri].includes(name.tag)) return isMalformed(name)
  return name.attributes.some(isMalformed)
}

function checkNames(certificate) {
  // REQ-LEF-9. The issuer is left alone: REQ-LEF-14.
  const alternatives = certificate.extension(OID.subjectAltName) ?? []
  if (certificate.attributes.length === 0 && alternatives.length === 0) refuse('leaf-name')
  if (certificate.attributes.some(isMalformed) || alternatives.some(isMalformedAlternative)) refuse('leaf-name')
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
  const isOurs = alternatives.length === 1 && alternatives[0].tag === ALTERNATIVE.uri && [`${stem}member`, `${stem}receiver`].includes(latin(alternatives[0].value))
  if (!isOurs) refuse('leaf-name')
}

/** Whether the authority's certificate may sign, now. */
function isAuthority(authority, seconds) {
  const mayIssue = authority.extension(OID.basicConstraints) === true && authority.extension(OID.keyUsage)?.(KEY_CERT_SIGN) === true
  return mayIssue && seconds >= authority.notBefore && seconds <= authority.notAfter
}

function checkIssuer(certificate, authorityOctets, seconds) {
  // REQ-LEF-13
  const authority = readAuthority(authorityOctets)
  const isSigned =
    certificate.issuer.equals(authority.subject) &&
    certificate.algorithm.oid === OID.ecdsaSha256 &&
    keyKind(authority.key) === 'p256' &&
    verify('sha256', certificate.signed, { key: authority.key.spki, format: 'der', type: 'spki' }, certificate.signature)
  if (!isSigned || !isAuthority(authority, seconds)) refuse('leaf-issuer')
}

function readAuthority(octets) {
  if (octets === undefined) misuse('policy closed needs the certificate of the authority')
  try {
    return readCertificate(octets)
  } catch (problem) {
    if (problem instanceof DerError) misuse('authority must be one certificate in DER')
    throw problem
  }
}

/** Checks a leaf for an overlay at a wall clock in seconds; `authority` is DER, for policy closed. Returns {spki, kind}. */
export function checkLeaf(octets, { overlay, policy, authority, seconds }) {
  const { certificate, kind, spki } = readLeaf(octets)
  checkSignatureAlgorithm(certificate)
  checkExtensions(certificate)
  checkUsage(certificate)
  checkNames(certificate)
  checkValidity(certificate, policy, seconds)
  if (policy === 'closed') {
    checkAdmission(certificate, overlay)
    checkIssuer(certificate, authority, seconds)
  }
  return { spki, kind }
}
