// SEGMENT: how a signed frame that is longer than one datagram travels.

import { decodeBody, encodeBody } from './bodies.mjs'
import { splitFrame } from './frames.mjs'
import { sha256 } from './hash.mjs'
import { misuse, Refusal, refuse } from './refusals.mjs'
import { header, limit, tables } from './registry.mjs'

const DIGEST_LENGTH = 16
const OVERHEAD =
  header.size + tables.body.SEGMENT.fields.reduce((sum, [, size]) => sum + (size === 'rest' ? 0 : size), 0)

const digestOf = (frame) => sha256(frame).subarray(0, DIGEST_LENGTH)

/** Bodies of the SEGMENTs that carry `frame`. */
export function cutFrame(frame) {
  // REQ-FRM-26
  if (frame.length <= limit('datagram'))
    misuse('only a frame longer than one datagram is cut; send this one whole')
  if (frame.length > limit('segment-frame'))
    misuse(`a frame of more than ${limit('segment-frame')} octets cannot be cut`)
  const size = limit('datagram') - OVERHEAD
  const count = Math.ceil(frame.length / size)
  return Array.from({ length: count }, (_, index) => {
    const payload = frame.subarray(index * size, (index + 1) * size)
    return encodeBody('SEGMENT', { digest: digestOf(frame), index, count, payload })
  })
}

/**
 * Puts one segment to those held (a Map by index); refuses a contradiction and a frame that grows too long.
 */
function hold(held, first, segment) {
  if (!segment.digest.equals(first.digest)) misuse('these are segments of several frames; join those of one')
  // REQ-FRM-28
  if (segment.count !== first.count) refuse('segment-conflict')
  const earlier = held.get(segment.index)
  if (earlier !== undefined && !earlier.equals(segment.payload)) refuse('segment-conflict')
  held.set(segment.index, segment.payload)
  // REQ-FRM-29
  const total = [...held.values()].reduce((sum, payload) => sum + payload.length, 0)
  if (total > limit('segment-frame')) refuse('segment-limit')
}

/** Refuses an assembled frame that should not have travelled so. */
function checkInner(frame) {
  // REQ-FRM-32
  if (frame.length <= limit('datagram')) refuse('segment-inner')
  let inner
  try {
    inner = splitFrame(frame, { longest: Infinity })
  } catch (problem) {
    if (problem instanceof Refusal) refuse('segment-inner')
    throw problem
  }
  if (inner.protection !== 'signed') refuse('segment-inner')
}

/** The frame that SEGMENT bodies carry, in any order; each is checked in turn, as if it had just arrived. */
export function joinSegments(bodies) {
  if (bodies.length === 0) misuse('give the body of at least one segment')
  const held = new Map()
  let first = null
  for (const body of bodies) {
    const segment = decodeBody('SEGMENT', body)
    first ??= segment
    hold(held, first, segment)
  }
  if (held.size < first.count) misuse(`${first.count - held.size} of ${first.count} segments are missing`)
  const frame = Buffer.concat([...held.keys()].sort((a, b) => a - b).map((index) => held.get(index)))
  // REQ-FRM-31
  if (!digestOf(frame).equals(first.digest)) refuse('segment-digest')
  checkInner(frame)
  return frame
}
