// Makes small certificates for the tests, with any fault that a test asks for.

import { createPrivateKey, createPublicKey, sign } from 'node:crypto'

import { integer } from '../octets.mjs'

const hex = (text) => Buffer.from(text, 'hex')

export function der(tag, ...parts) {
  const value = Buffer.concat(parts)
  if (value.length < 128) return Buffer.concat([Buffer.of(tag, value.length), value])
  const size = value.length < 256 ? 1 : 2
  return Buffer.concat([Buffer.of(tag, 128 + size), integer(value.length, size), value])
}

export const OIDS = {
  ed25519: hex('06032b6570'),
  ecdsa: hex('06082a8648ce3d040302'),
  commonName: hex('0603550403'),
  basicConstraints: hex('0603551d13'),
  keyUsage: hex('0603551d0f'),
  extKeyUsage: hex('0603551d25'),
  subjectAltName: hex('0603551d11'),
  clientAuth: hex('06082b06010505070302'),
  serverAuth: hex('06082b06010505070301'),
  private: hex('06042a030405'),
}

/** An Ed25519 key pair from a seed of 32 octets. */
export function edKey(seed) {
  const secret = createPrivateKey({
    key: Buffer.concat([hex('302e020100300506032b657004220420'), seed]),
    format: 'der',
    type: 'pkcs8',
  })
  return {
    secret,
    spki: createPublicKey(secret).export({ format: 'der', type: 'spki' }),
    algorithm: OIDS.ed25519,
    hash: null,
  }
}

/** A P-256 key pair from a scalar of 32 octets. */
export function ecKey(scalar) {
  const head = hex(
    '304102010030' + '13' + '06072a8648ce3d020106082a8648ce3d030107' + '0427' + '302502010104' + '20',
  )
  const secret = createPrivateKey({ key: Buffer.concat([head, scalar]), format: 'der', type: 'pkcs8' })
  return {
    secret,
    spki: createPublicKey(secret).export({ format: 'der', type: 'spki' }),
    algorithm: OIDS.ecdsa,
    hash: 'sha256',
  }
}

export const extension = (oid, critical, content) =>
  der(0x30, oid, critical ? hex('0101ff') : Buffer.alloc(0), der(0x04, content))
const unusedBits = (bits) => Math.log2(bits & -bits) // DER drops the zero bits at the end
export const usage = (bits, critical = true) =>
  extension(OIDS.keyUsage, critical, der(0x03, Buffer.of(unusedBits(bits), bits)))
export const extended = (...oids) => extension(OIDS.extKeyUsage, false, der(0x30, ...oids))
export const alternatives = (...names) => extension(OIDS.subjectAltName, false, der(0x30, ...names))
export const uri = (text) => der(0x86, Buffer.from(text, 'latin1'))
export const authorityFlag = extension(OIDS.basicConstraints, true, der(0x30, hex('0101ff')))
export const name = (text, tag = 0x0c) =>
  der(0x30, der(0x31, der(0x30, OIDS.commonName, der(tag, Buffer.from(text, 'utf8')))))

export const BEGIN = Date.UTC(2026, 0, 1) / 1000
const time = (seconds) =>
  der(
    0x17,
    Buffer.from(
      new Date(seconds * 1000)
        .toISOString()
        .replace(/[-:T]|\.\d+/g, '')
        .slice(2),
      'ascii',
    ),
  )

/** A certificate; every part can be replaced. `days` is its validity from BEGIN. */
export function certificate(key, parts = {}) {
  const issuerKey = parts.issuerKey ?? key
  const algorithm = der(0x30, parts.algorithm ?? issuerKey.algorithm)
  const extensions = parts.extensions ?? []
  const tbs = der(
    0x30,
    parts.version ?? hex('a003020102'),
    parts.serial ?? hex('020101'),
    algorithm,
    parts.issuer ?? name('issuer'),
    der(0x30, time(BEGIN), time(BEGIN + (parts.days ?? 90) * 86400 + (parts.extra ?? 0))),
    parts.subject ?? name('peer'),
    parts.spki ?? key.spki,
    ...(parts.uniqueIds ?? []),
    ...(extensions.length > 0 ? [der(0xa3, der(0x30, ...extensions))] : []),
  )
  return der(0x30, tbs, algorithm, der(0x03, Buffer.of(0), sign(issuerKey.hash, tbs, issuerKey.secret)))
}
