import assert from 'node:assert/strict'
import { test } from 'node:test'

import { act } from '../actions.mjs'
import { integer, little } from '../octets.mjs'
import {
  alternatives,
  authorityFlag,
  BEGIN,
  certificate,
  der,
  ecKey,
  edKey,
  extended,
  extension,
  name,
  OIDS,
  uri,
  usage,
} from './certificates.mjs'

const refused = (reason) => ({ reason })
const overlay = '10'.repeat(16)
const key = edKey(Buffer.alloc(32, 1))
const point = ecKey(Buffer.alloc(32, 2))
const authorityKey = ecKey(Buffer.alloc(32, 3))

const check = (leaf, more = {}) =>
  act('leaf.check', {
    leaf: leaf.toString('hex'),
    overlay,
    policy: 'open',
    wall_ms: (BEGIN + 1000) * 1000,
    ...more,
  })
const refusedAs = (reason, parts, more) =>
  assert.throws(() => check(certificate(key, parts), more), refused(reason), reason)

test('a good leaf of either kind is refused', () => {
  assert.equal(check(certificate(key)).key, 'ed25519')
  assert.equal(check(certificate(point)).key, 'p256')
  assert.equal(
    check(certificate(key, { extensions: [usage(0x80), extended(OIDS.clientAuth)], issuerKey: point })).key,
    'ed25519',
  )
})

test('a leaf that is not strict DER, or more than one certificate, is taken', () => {
  const good = certificate(key)
  for (const bad of [
    Buffer.concat([good, Buffer.of(0)]),
    good.subarray(0, -1),
    Buffer.concat([Buffer.of(0x30, 0x80), good.subarray(3), Buffer.of(0, 0)]),
    Buffer.concat([Buffer.of(0x30, 0x83, 0), good.subarray(2)]),
    Buffer.from('3000', 'hex'),
    Buffer.alloc(0),
  ])
    assert.throws(() => check(bad), refused('leaf-encoding'))
  for (const serial of ['020100', '0201ff', '02020001', '0215' + '11'.repeat(21)])
    refusedAs('leaf-encoding', { serial: Buffer.from(serial, 'hex') })
  check(certificate(key, { serial: Buffer.from('0214' + '11'.repeat(20), 'hex') }))
})

test('a unique identifier that is no string of bits, or in version 1, is taken', () => {
  const sound = Buffer.from('04f0', 'hex')
  for (const tag of [0x81, 0x82]) {
    for (const content of ['', '01', '0800', '041f', '3000'])
      refusedAs('leaf-encoding', { uniqueIds: [der(tag, Buffer.from(content, 'hex'))] })
    check(certificate(key, { uniqueIds: [der(tag, sound)] }))
    refusedAs('leaf-encoding', { version: Buffer.alloc(0), uniqueIds: [der(tag, sound)] })
    refusedAs('leaf-version', { version: Buffer.from('a003020101', 'hex'), uniqueIds: [der(tag, sound)] })
  }
  refusedAs('leaf-encoding', { uniqueIds: [der(0x81, sound), der(0x82, Buffer.from('0800', 'hex'))] })
  check(certificate(key, { uniqueIds: [der(0x81, sound), der(0x82, sound)] }))
})

test('a leaf longer than the limit is parsed', () => {
  const long = certificate(key, { extensions: [extension(OIDS.private, false, Buffer.alloc(400))] })
  assert.throws(() => check(Buffer.concat([long, Buffer.alloc(601)])), refused('leaf-too-long'))
})

test('a leaf of another version, or with another kind of key, is taken', () => {
  refusedAs('leaf-version', { version: Buffer.alloc(0) })
  refusedAs('leaf-version', { version: Buffer.from('a003020101', 'hex') })
  refusedAs('leaf-encoding', { version: Buffer.from('a003020100', 'hex') })
  const compressed = Buffer.concat([
    Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'),
    Buffer.of(2),
    point.spki.subarray(27, 59),
  ])
  refusedAs('leaf-key', { spki: compressed })
  const offCurve = Buffer.from(point.spki)
  offCurve[offCurve.length - 1] ^= 1
  refusedAs('leaf-key', { spki: offCurve })
})

test('an Ed25519 key of small order, off the curve or with two encodings is taken', () => {
  const P = 2n ** 255n - 19n
  const spki = (octets) => Buffer.concat([key.spki.subarray(0, 12), octets])
  const eighth = Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex')
  for (const y of [0n, 1n, P - 1n, P, P + 1n, 2n])
    refusedAs('leaf-small-order', { spki: spki(little(y, 32)) })
  refusedAs('leaf-small-order', { spki: spki(eighth) })
  eighth[31] |= 0x80
  refusedAs('leaf-small-order', { spki: spki(eighth) })
})

test('a critical extension that nobody knows, or one that stands twice, is taken', () => {
  refusedAs('leaf-extension', { extensions: [extension(OIDS.private, true, Buffer.alloc(0))] })
  refusedAs('leaf-extension', { extensions: [usage(0x80), usage(0x80)] })
  for (const [oid, content] of [
    [OIDS.basicConstraints, '3003010100'],
    [OIDS.basicConstraints, '300200'],
    [OIDS.keyUsage, '30'],
    [OIDS.extKeyUsage, '3000'],
    [OIDS.subjectAltName, '308900'],
    [OIDS.subjectAltName, '3100'],
    [OIDS.subjectAltName, '3080820161' + '0000'],
  ])
    refusedAs('leaf-extension', { extensions: [extension(oid, false, Buffer.from(content, 'hex'))] })
  check(certificate(key, { extensions: [extension(OIDS.private, false, Buffer.alloc(3))] }))
})

test('a leaf that is meant for something else is taken', () => {
  refusedAs('leaf-usage', { extensions: [usage(0x20)] })
  refusedAs('leaf-usage', { extensions: [extended(OIDS.serverAuth)] })
  refusedAs('leaf-usage', { extensions: [authorityFlag] })
  refusedAs('leaf-signature-algorithm', { algorithm: Buffer.from('06082a8648ce3d040303', 'hex') })
})

test('a leaf without a name, or with a control character in one, is taken', () => {
  const empty = der(0x30)
  refusedAs('leaf-name', { subject: empty })
  refusedAs('leaf-name', { subject: name('a\0b') })
  refusedAs('leaf-name', { subject: name('a\u0085b') })
  refusedAs('leaf-name', { extensions: [alternatives(uri('urn:a\x1b'))] })
  refusedAs('leaf-name', { extensions: [alternatives(uri('urn:é'))] })
  for (const [tag, text] of [
    [0x0c, 'ff'],
    [0x1e, '61'],
    [0x1e, '0007'],
    [0x1c, '00110000'],
    [0x02, '01'],
    [0x16, 'e9'],
    [0x1b, '61'],
    [0x14, '85'],
  ]) {
    refusedAs('leaf-name', {
      subject: der(0x30, der(0x31, der(0x30, OIDS.commonName, der(tag, Buffer.from(text, 'hex'))))),
    })
  }
  for (const [tag, text] of [
    [0x1e, '0041'],
    [0x1c, '00000041'],
    [0x14, 'e9'],
  ]) {
    check(
      certificate(key, {
        subject: der(0x30, der(0x31, der(0x30, OIDS.commonName, der(tag, Buffer.from(text, 'hex'))))),
      }),
    )
  }
  check(certificate(key, { subject: empty, extensions: [alternatives(uri('urn:a'))] }))
  check(certificate(key, { issuer: name('a\0b') }))
})

test('a leaf outside its validity, or with one too long, is taken', () => {
  const at = (seconds) => ({ wall_ms: seconds * 1000 })
  const end = BEGIN + 90 * 86400
  refusedAs('leaf-not-yet-valid', {}, at(BEGIN - 1))
  refusedAs('leaf-expired', {}, at(end + 1))
  check(certificate(key), at(BEGIN))
  check(certificate(key), at(end))
  check(certificate(key, { days: 400 }))
  refusedAs('leaf-validity-too-long', { days: 400, extra: 1 })
})

test('under policy closed a leaf that the authority did not admit is taken', () => {
  const issuer = name('authority')
  const authority = certificate(authorityKey, {
    issuer,
    subject: issuer,
    extensions: [authorityFlag, usage(0x04)],
    days: 3000,
  })
  const member = alternatives(uri(`urn:coterie:${overlay}:member`))
  const extensions = [usage(0x80), extended(OIDS.clientAuth), member]
  const parts = { issuer, issuerKey: authorityKey, extensions, days: 7 }
  const closed = { policy: 'closed', authority: authority.toString('hex') }
  check(certificate(key, parts), closed)
  refusedAs('leaf-validity-too-long', { ...parts, days: 8 }, closed)
  refusedAs('leaf-usage', { ...parts, extensions: extensions.slice(1) }, closed)
  refusedAs(
    'leaf-name',
    { ...parts, extensions: [...extensions.slice(0, 2), alternatives(uri(`urn:coterie:${overlay}:owner`))] },
    closed,
  )
  refusedAs('leaf-name', { ...parts, extensions: extensions.slice(0, 2) }, closed)
  refusedAs('leaf-issuer', { ...parts, issuer: name('another') }, closed)
  refusedAs('leaf-issuer', { ...parts, issuerKey: ecKey(integer(9, 32)) }, closed)
  const plain = certificate(authorityKey, { issuer, subject: issuer, extensions: [usage(0x04)], days: 3000 })
  refusedAs('leaf-issuer', parts, { policy: 'closed', authority: plain.toString('hex') })
})
