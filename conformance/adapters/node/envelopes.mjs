// Envelopes: a value with the name under which it is found, the time of its publication and the publisher's
// signature.

import { createPrivateKey, sign, verify } from 'node:crypto'

import { encodeFields } from './bodies.mjs'
import { readDer } from './der.mjs'
import { checkLeaf } from './leaf.mjs'
import { peerId } from './names.mjs'
import { fromBig, isZero } from './octets.mjs'
import { misuse, refuse } from './refusals.mjs'
import { kindByCode, label, limit, tables, timer } from './registry.mjs'
import { checkResourceName } from './resources.mjs'

const TABLE = tables.row.envelope.fields
const SIGNATURE = 64
const SLOTLESS = new Set(['group-members'])

const smaller = (one, other) => (one < other ? one : other)

// ---------------------------------------------------------------- reading

/** The fields of an envelope, lengths among them; a u64 is a BigInt. */
function splitEnvelope(octets) {
  const fields = {}
  let at = 0
  for (const [name, size, type] of TABLE) {
    const end = at + (typeof size === 'string' ? fields[size.slice(1)] : size)
    // REQ-VAL-2
    if (end > octets.length) refuse('bad-envelope', name)
    const field = octets.subarray(at, end)
    at = end
    if (type === 'bytes') fields[name] = field
    else fields[name] = type === 'u64' ? fromBig(field) : Number(fromBig(field))
  }
  if (at < octets.length) refuse('bad-envelope')
  return fields
}

function nameKind(code) {
  // REQ-VAL-3
  return (kindByCode.get(code) ?? refuse('unknown-kind', 'kind')).name
}

function checkSlot(kind, slot) {
  // REQ-VAL-5
  if (isZero(slot) !== SLOTLESS.has(kind)) refuse('bad-slot', 'slot')
}

function checkLifetime(lifetime, isTombstone) {
  // REQ-VAL-6
  const least = limit(isTombstone ? 'lifetime' : 'lifetime-least')
  if (lifetime < least || lifetime > limit('lifetime')) refuse('bad-lifetime', 'lifetime')
}

function checkLength(value) {
  // REQ-VAL-7
  if (value.length > limit('value')) refuse('value-too-long', 'value')
}

/** When an envelope that is first taken at `wall` expires, both in milliseconds. */
function expiryOf({ sequence, lifetime }, wall) {
  return smaller(sequence, wall) + 1000n * BigInt(lifetime)
}

function checkTimes(sequence, expires, wall) {
  // REQ-VAL-8
  if (sequence > wall + BigInt(timer('clock-ahead'))) refuse('future-value', 'sequence')
  // REQ-VAL-9
  if (expires <= wall) refuse('expired-value')
}

/** All octets of an envelope before its signature. */
export const unsignedOctets = (octets) => octets.subarray(0, -SIGNATURE)

/** What the signature of an envelope stands for. */
const signedOctets = (overlay, unsigned) => Buffer.concat([label('envelope'), overlay, unsigned])

function checkSignature(octets, overlay, { spki, kind }) {
  // REQ-VAL-11
  const key = { key: spki, format: 'der', type: 'spki', dsaEncoding: 'ieee-p1363' }
  const signed = signedOctets(overlay, unsignedOctets(octets))
  if (!verify(kind === 'p256' ? 'sha256' : null, signed, key, octets.subarray(-SIGNATURE)))
    refuse('bad-signature', 'signature')
}

/**
 * Checks an envelope that is first taken in `overlay` at `wall` (a BigInt in milliseconds). Returns its
 * fields, the kind by its name, with publisher and expires. Refuses by REQ-VAL-2 to REQ-VAL-11, in their
 * order.
 */
export function checkEnvelope(octets, overlay, wall) {
  const { kind: code, name, slot, sequence, lifetime, leaf, value } = splitEnvelope(octets)
  const kind = nameKind(code)
  checkResourceName(kind, name) // REQ-VAL-4
  checkSlot(kind, slot)
  checkLifetime(lifetime, value.length === 0)
  checkLength(value)
  const expires = expiryOf({ sequence, lifetime }, wall)
  checkTimes(sequence, expires, wall)
  // REQ-VAL-10
  const key = checkLeaf(leaf, { overlay, policy: 'open', seconds: Number(wall / 1000n) })
  checkSignature(octets, overlay, key)
  return { kind, name, slot, sequence, lifetime, leaf, value, publisher: peerId(key.spki), expires }
}

// ---------------------------------------------------------------- writing

/** A private key from PKCS#8, of the two kinds that a leaf may have. */
function readPrivateKey(octets) {
  let key
  try {
    readDer(octets) // which alone refuses octets that are left over
    key = createPrivateKey({ key: octets, format: 'der', type: 'pkcs8' })
  } catch {
    misuse('key must be a private key in PKCS#8 and DER')
  }
  const isP256 = key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails.namedCurve === 'prime256v1'
  if (!isP256 && key.asymmetricKeyType !== 'ed25519') misuse('key must be an Ed25519 or a P-256 key')
  return { key, hash: isP256 ? 'sha256' : null }
}

/** An envelope with these fields, whatever they say, for `overlay`; `privateKey` is PKCS#8 in DER. */
export function signEnvelope(fields, overlay, privateKey) {
  const { key, hash } = readPrivateKey(privateKey)
  const unsigned = encodeFields(TABLE, { ...fields, signature: Buffer.alloc(0) })
  // REQ-VAL-11
  const signature = sign(hash, signedOctets(overlay, unsigned), { key, dsaEncoding: 'ieee-p1363' })
  return Buffer.concat([unsigned, signature])
}
