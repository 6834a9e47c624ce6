// An X.509 certificate as its fields, read from strict DER. What is checked of them stands in leaf.mjs.

import { DerError, dottedOid, expectTag, isBitString, readDer, TAG, timeSeconds } from './der.mjs'

export const OID = {
  ed25519: '1.3.101.112',
  ecPublicKey: '1.2.840.10045.2.1',
  p256: '1.2.840.10045.3.1.7',
  ecdsaSha256: '1.2.840.10045.4.3.2',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extKeyUsage: '2.5.29.37',
  subjectAltName: '2.5.29.17',
  clientAuth: '1.3.6.1.5.5.7.3.2',
}

const EXPLICIT = [0xa0, 0xa1, 0xa2, 0xa3]
const UNIQUE = [0x81, 0x82] // issuerUniqueID, subjectUniqueID: each an IMPLICIT BIT STRING

function readAlgorithm(item) {
  expectTag(item, TAG.sequence)
  if (item.items.length < 1 || item.items.length > 2)
    throw new DerError('an algorithm has a name and at most one parameter')
  return { oid: dottedOid(item.items[0]), parameter: item.items[1], whole: item.whole }
}

/** A Name as its attributes: {tag, value} in order. */
export function readName(item) {
  const attributes = []
  for (const set of expectTag(item, TAG.sequence).items) {
    if (expectTag(set, TAG.set).items.length === 0) throw new DerError('an empty relative name')
    for (const pair of set.items) {
      expectTag(pair, TAG.sequence, 2)
      dottedOid(pair.items[0])
      attributes.push(pair.items[1])
    }
  }
  return attributes
}

export const ALTERNATIVE = { mail: 0x81, dns: 0x82, directory: 0xa4, uri: 0x86 }

/** One GeneralName; a directory name brings its attributes, or null where it is malformed. */
function readAlternative(item) {
  const isDirectory = item.tag === ALTERNATIVE.directory
  return { tag: item.tag, value: item.value, attributes: isDirectory ? readDirectory(item) : [] }
}

function readDirectory(item) {
  try {
    return readName(expectTag(item, ALTERNATIVE.directory, 1).items[0])
  } catch (problem) {
    if (problem instanceof DerError) return null
    throw problem
  }
}

// The four extensions that are read; each from the DER inside its octet string.
const READERS = {
  [OID.basicConstraints]: (item) => {
    const parts = [...expectTag(item, TAG.sequence).items]
    const isAuthority = parts[0]?.tag === TAG.boolean ? parts.shift().value[0] === 255 : undefined
    if (isAuthority === false) throw new DerError('a default is encoded')
    if (parts.length > 0) expectTag(parts.shift(), TAG.integer)
    if (parts.length > 0) throw new DerError('more in basicConstraints')
    return isAuthority ?? false
  },
  [OID.keyUsage]: (item) => {
    const bits = expectTag(item, TAG.bits).value.subarray(1)
    return (place) => ((bits[place >> 3] ?? 0) & (128 >> (place & 7))) !== 0
  },
  [OID.extKeyUsage]: (item) => {
    if (expectTag(item, TAG.sequence).items.length === 0) throw new DerError('an empty extKeyUsage')
    return item.items.map(dottedOid)
  },
  [OID.subjectAltName]: (item) => expectTag(item, TAG.sequence).items.map(readAlternative),
}

function readExtension(item) {
  const parts = [...expectTag(item, TAG.sequence).items]
  const oid = dottedOid(parts.shift())
  const isCritical = parts[0]?.tag === TAG.boolean ? parts.shift().value[0] === 255 : undefined
  if (isCritical === false) throw new DerError('a default is encoded')
  const octets = expectTag(parts.shift(), TAG.octets).value
  if (parts.length > 0) throw new DerError('more in an extension')
  return { oid, critical: isCritical ?? false, ...readContent(oid, octets) }
}

/** What is inside an extension of the four; `isSound` is false where it is not DER of its type. */
function readContent(oid, octets) {
  try {
    return { isSound: true, content: READERS[oid]?.(readDer(octets)) }
  } catch (problem) {
    if (problem instanceof DerError) return { isSound: false, content: undefined }
    throw problem
  }
}

function readExtensions(item) {
  if (item === undefined) return []
  const list = expectTag(expectTag(item, EXPLICIT[3], 1).items[0], TAG.sequence).items
  if (list.length === 0) throw new DerError('an empty list of extensions')
  return list.map(readExtension)
}

function readKey(item) {
  expectTag(item, TAG.sequence, 2)
  const bits = expectTag(item.items[1], TAG.bits).value
  return {
    algorithm: readAlgorithm(item.items[0]),
    unused: bits[0],
    octets: bits.subarray(1),
    spki: item.whole,
  }
}

function readVersion(parts) {
  if (parts[0]?.tag !== EXPLICIT[0]) return 1
  const version = expectTag(expectTag(parts.shift(), EXPLICIT[0], 1).items[0], TAG.integer).value
  if (version.equals(Buffer.of(0))) throw new DerError('a default is encoded')
  return version.length === 1 ? version[0] + 1 : Infinity
}

/** A unique identifier: the reader of DER cannot know by its tag that it is a string of bits. */
function checkUnique(item, version) {
  if (!isBitString(item.value)) throw new DerError('a unique identifier that is no string of bits')
  if (version === 1) throw new DerError('a unique identifier in version 1')
}

/** The octets of a signature, which is a whole number of them. */
function readSignature(item) {
  const { value } = expectTag(item, TAG.bits)
  if (value[0] !== 0) throw new DerError('a signature with unused bits')
  return value.subarray(1)
}

/** Reads a certificate. Throws DerError where `octets` is not exactly one in DER. */
export function readCertificate(octets) {
  const [tbs, signatureAlgorithm, signature] = expectTag(readDer(octets), TAG.sequence, 3).items
  const parts = [...expectTag(tbs, TAG.sequence).items]
  const version = readVersion(parts)
  const serial = expectTag(parts.shift(), TAG.integer).value
  if (serial.length > 20 || serial[0] >= 128 || (serial.length === 1 && serial[0] === 0))
    throw new DerError('serial number')
  const inner = readAlgorithm(parts.shift())
  const issuer = parts.shift()
  readName(issuer)
  const validity = expectTag(parts.shift(), TAG.sequence, 2)
  const subject = parts.shift()
  const attributes = readName(subject)
  const key = readKey(parts.shift())
  for (const tag of UNIQUE) if (parts[0]?.tag === tag) checkUnique(parts.shift(), version)
  const extensions = readExtensions(parts.shift())
  if (parts.length > 0) throw new DerError('more in the certificate')
  return {
    version,
    key,
    extensions,
    attributes,
    issuer: issuer.whole,
    subject: subject.whole,
    signed: tbs.whole,
    notBefore: timeSeconds(validity.items[0]),
    notAfter: timeSeconds(validity.items[1]),
    innerAlgorithm: inner,
    algorithm: readAlgorithm(signatureAlgorithm),
    signature: readSignature(signature),
    extension: (oid) => extensions.find((one) => one.oid === oid)?.content,
  }
}
