// Names of peers, nodes and overlays.

import { sha256 } from './hash.mjs'
import { integer } from './octets.mjs'
import { refuse } from './refusals.mjs'
import { label, limit } from './registry.mjs'

/** Peer-ID of a key, given as DER SubjectPublicKeyInfo. */
export function peerId(spki) {
  // REQ-NAM-1
  return sha256(label('peer-id'), spki)
}

/** Node-ID of a key in one overlay (16 octets). */
export function nodeId(overlay, spki) {
  // REQ-NAM-2
  return sha256(label('node-id'), overlay, spki)
}

/** Refuses a Group-ID of a forbidden length, and octets that are text but not in form NFC. */
export function checkGroupId(group) {
  // REQ-NAM-3
  if (group.length < 1 || group.length > limit('group-id')) refuse('bad-group-id')
  let text
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(group)
  } catch {
    return // not text, so binary: any octets
  }
  if (text.normalize('NFC') !== text) refuse('bad-group-id')
}

/** Overlay-ID of (Group-ID, authority); `authority` is a hash of 32 octets, or empty for an open group. */
export function overlayId(group, authority) {
  checkGroupId(group)
  // REQ-NAM-4
  return sha256(label('overlay-id'), integer(group.length, 1), group, authority).subarray(0, 16)
}
