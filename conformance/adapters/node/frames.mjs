// Frames: the header and the prefix of each protection, in the order of checks, and signatures.

import { verify as verifySignature } from 'node:crypto'

import { decodeBody, encodeFields, fieldsFromJson } from './bodies.mjs'
import { integer, isZero, unhex } from './octets.mjs'
import { misuse, refuse } from './refusals.mjs'
import {
  frameByCode,
  frameByName,
  header as head,
  label,
  limit,
  protectionByName,
  tables,
} from './registry.mjs'

const sizeOf = (fields) => fields.reduce((sum, [, size]) => sum + size, 0)

const EXACT = { HELLO1: sizeOf(tables.body.HELLO1.fields), RETRY: sizeOf(tables.body.RETRY.fields) }
const NOTHING = { fields: [], trailer: ['', 0, 'bytes'] }

/** Prefix table and trailer of a protection; plain has neither. */
function layout(protection) {
  const { fields, trailer } = tables.prefix[protection] ?? NOTHING
  return { fields, prefix: sizeOf(fields), trailer: trailer[1] }
}

/**
 * Cuts a datagram into header fields, prefix octets, body octets and trailer; refuses by checks 1, 2 and 4 to
 * 6.
 */
export function splitFrame(datagram, { longest = limit('datagram') } = {}) {
  // REQ-FRM-13: the order of these lines
  if (datagram.length < head.size) refuse('too-short') // REQ-FRM-2
  if (datagram.readUInt16BE(0) !== head.magic) refuse('bad-magic') // REQ-FRM-3
  if (datagram[2] !== head.version) refuse('unknown-version') // REQ-FRM-4
  const type = frameByCode.get(datagram[3])
  if (type === undefined) refuse('unknown-type') // REQ-FRM-7
  if (datagram[4] !== protectionByName.get(type.protection).code) refuse('wrong-protection') // REQ-FRM-8
  if (datagram[5] !== 0) refuse('reserved-nonzero', 'reserved') // REQ-FRM-9
  if (datagram.readUInt16BE(6) !== datagram.length - head.size) refuse('bad-length', 'length') // REQ-FRM-10
  if (datagram.length > longest) refuse('datagram-too-long') // REQ-FRM-11
  checkShortest(type.name, type.protection, datagram.length - head.size) // REQ-FRM-12
  const { prefix, trailer } = layout(type.protection)
  const frame = {
    type: type.name,
    protection: type.protection,
    overlayId: datagram.subarray(8, 24),
    header: datagram.subarray(0, head.size),
    prefix: datagram.subarray(head.size, head.size + prefix),
    body: datagram.subarray(head.size + prefix, datagram.length - trailer),
    trailer: datagram.subarray(datagram.length - trailer),
  }
  if (frame.protection === 'sealed' && !isZero(frame.prefix.subarray(18, 20)))
    refuse('reserved-nonzero', 'reserved') // REQ-FRM-9
  return frame
}

function checkShortest(type, protection, rest) {
  const { prefix, trailer } = layout(protection)
  if (rest < prefix + trailer) refuse('short-frame')
  if (type in EXACT && rest !== EXACT[type]) refuse('short-frame')
}

/** Prefix octets as fields. */
export function decodePrefix(frame) {
  const fields = {}
  let at = 0
  for (const [name, size, kind] of layout(frame.protection).fields) {
    const octets = frame.prefix.subarray(at, at + size)
    at += size
    if (kind === 'u64') fields[name] = octets.readBigUInt64BE()
    else if (kind === 'u16') fields[name] = octets.readUInt16BE()
    else if (kind !== 'zero') fields[name] = octets
  }
  return fields
}

/** Every field of a frame in its JSON form; of a sealed one, header, prefix and what is sealed. */
export function decodeFrame(datagram) {
  const frame = splitFrame(datagram)
  const common = {
    type: frame.type,
    protection: frame.protection,
    overlay_id: frame.overlayId,
    ...decodePrefix(frame),
  }
  if (frame.protection === 'sealed') return { ...common, sealed: Buffer.concat([frame.body, frame.trailer]) }
  const body = decodeBody(frame.type, frame.body)
  return frame.protection === 'signed'
    ? { ...common, ...body, signature: frame.trailer }
    : { ...common, ...body }
}

/** The header of a frame whose rest has `length` octets. */
export function encodeHeader(type, overlayId, length) {
  const { code, protection } = frameByName.get(type)
  return Buffer.concat([
    integer(head.magic, 2),
    integer(head.version, 1),
    integer(code, 1),
    integer(protectionByName.get(protection).code, 1),
    Buffer.alloc(1),
    integer(length, 2),
    overlayId,
  ])
}

/** Prefix octets of a sealed frame. */
export function encodeSealedPrefix(fields) {
  return encodeFields(tables.prefix.sealed.fields, fields)
}

/** The table of all that follows the header of a frame type, in the JSON form. */
function restTable({ name, protection }) {
  const { fields } = layout(protection)
  if (protection === 'sealed') return [...fields, ['sealed', 'rest', 'bytes']]
  const trailer = protection === 'signed' ? [tables.prefix.signed.trailer] : []
  return [...fields, ...tables.body[name].fields, ...trailer]
}

/** A frame from the JSON form that decodeFrame gives. */
export function encodeFrame({ type: name, protection, overlay_id: overlay, ...given }) {
  const type = frameByName.get(name) ?? misuse('type must be the name of a frame type, such as HELLO2')
  if (protection !== type.protection) misuse(`the protection of ${type.name} is ${type.protection}`)
  const table = restTable(type)
  const rest = encodeFields(table, fieldsFromJson(table, given))
  return Buffer.concat([encodeHeader(type.name, unhex(overlay, 'overlay_id', 16), rest.length), rest])
}

/** Refuses a signed frame whose signature does not verify under the key of `leaf`. */
export function verifyFrame(frame, leaf) {
  // REQ-FRM-14
  const signed = Buffer.concat([label('frame-signature'), frame.header, frame.prefix, frame.body])
  const key = { key: leaf.spki, format: 'der', type: 'spki', dsaEncoding: 'ieee-p1363' }
  const hash = leaf.kind === 'p256' ? 'sha256' : null
  if (!verifySignature(hash, signed, key, frame.trailer)) refuse('bad-signature', 'signature')
}
