// What a reader makes of the envelopes that it finds: what their values say, which of them count, and how
// many things a name is.

import { parseDocument } from './documents.mjs'
import { checkEnvelope, unsignedOctets } from './envelopes.mjs'
import { sha256 } from './hash.mjs'
import { checkLeaf, keyOfCertificate } from './leaf.mjs'
import { overlayId } from './names.mjs'
import { Refusal, refuse } from './refusals.mjs'
import { checkResourceName } from './resources.mjs'

const OPEN = Buffer.alloc(0)

// By kind: the types of document that its values are.
const TYPES = {
  'group-info': ['group-info', 'group-id-redirect'],
  'group-members': ['group-member'],
  'group-list': ['group-list-entry'],
}

// ---------------------------------------------------------------- what the value says

function readValue({ kind, value }) {
  // REQ-VAL-12
  const document = parseDocument(value)
  if (!TYPES[kind].includes(document.type)) refuse('wrong-document', 'value')
  return document
}

/** H(SPKI) of the key that a document's authority has; empty where the group is open. */
function authorityOf({ authority_certificate: certificate }) {
  if (certificate === null || certificate === undefined) return OPEN
  const key = keyOfCertificate(certificate)
  return key === null ? refuse('slot-mismatch', 'slot') : sha256(key.spki)
}

function checkSubject({ kind, name, slot, publisher }, document) {
  // REQ-VAL-13
  if (kind === 'group-info' && !slot.equals(overlayId(name, authorityOf(document))))
    refuse('slot-mismatch', 'slot')
  if (kind === 'group-members' && !document.peer_id.equals(publisher)) refuse('publisher-mismatch')
}

function checkAdmitted({ kind, slot, leaf }, document, seconds) {
  if (kind !== 'group-info' || document.policy !== 'closed') return
  // REQ-VAL-14. What policy open checks has passed already, at the same time.
  const authority = document.authority_certificate
  const { role } = checkLeaf(leaf, { overlay: slot, policy: 'closed', authority, seconds })
  if (role !== 'member') refuse('leaf-name')
}

/** The document in a checked envelope; null for a tombstone. Refuses by REQ-VAL-12 to REQ-VAL-14. */
function documentOf(envelope, wall) {
  if (envelope.value.length === 0) return null
  const document = readValue(envelope)
  checkSubject(envelope, document)
  checkAdmitted(envelope, document, Number(wall / 1000n))
  return document
}

/** Checks and reads one envelope. Refuses by REQ-VAL-2 to REQ-VAL-14. */
export function readEnvelope(octets, overlay, wall) {
  return documentOf(checkEnvelope(octets, overlay, wall), wall)
}

// ---------------------------------------------------------------- what several are together

/** What `read` gives, or nothing where it refuses, as a list. */
function unlessRefused(read) {
  try {
    return [read()]
  } catch (problem) {
    if (problem instanceof Refusal) return []
    throw problem
  }
}

function groupBy(items, keyOf) {
  const groups = new Map()
  for (const item of items) {
    const key = keyOf(item)
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return [...groups.values()]
}

/** The envelope that counts among those of one resource, publisher and slot, as a list of one or none. */
function latestOf(envelopes) {
  // REQ-VAL-15
  const greatest = envelopes.reduce((most, { sequence }) => (sequence > most ? sequence : most), 0n)
  const latest = envelopes.filter(({ sequence }) => sequence === greatest)
  return latest.length === 1 && latest[0].value.length > 0 ? latest : []
}

function inOrder(one, other) {
  // REQ-VAL-16. What one publisher has in two slots at the same time stands by slot.
  if (one.sequence !== other.sequence) return one.sequence > other.sequence ? -1 : 1
  return Buffer.compare(one.publisher, other.publisher) || Buffer.compare(one.slot, other.slot)
}

/** The classes of what was found, each as the places of its members; in the order of their first ones. */
function classesOf(found) {
  const places = found.map(({ slot, document }, place) => ({ place, slot, document }))
  return groupBy(places, ({ slot, document }) =>
    document.type === 'group-info'
      ? `group ${slot.toString('hex')}`
      : `redirect ${document.actual_group_id.toString('hex')}`,
  ).map((members) => members.map(({ place }) => place))
}

/** The places of what a reader uses, who may hold an invitation into the overlay `invited`. */
function usedOf(found, classes, invited) {
  // REQ-VAL-17
  const isInvitedTo = ({ slot, document }) => document.type === 'group-info' && slot.equals(invited)
  if (invited !== undefined) return classes.find(([place]) => isInvitedTo(found[place])) ?? []
  return classes.length === 1 ? classes[0] : []
}

/** The envelopes that pass the checks, each once; those of which only the signatures differ are one. */
function checkAll(envelopes, overlay, wall) {
  // A signature has more than one form that verifies, so another one says nothing of its publisher.
  const checked = envelopes.flatMap((octets) =>
    unlessRefused(() => [unsignedOctets(octets).toString('hex'), checkEnvelope(octets, overlay, wall)]),
  )
  return [...new Map(checked).values()]
}

/**
 * What a reader finds under a resource, of envelopes in any order; `invited` is an Overlay-ID, or undefined.
 * Refuses only the name, by REQ-VAL-4.
 */
export function readResource({ kind, name, overlay, wall, envelopes, invited }) {
  checkResourceName(kind, name)
  const checked = checkAll(envelopes, overlay, wall).filter(
    (envelope) => envelope.kind === kind && envelope.name.equals(name),
  )
  const placeOf = ({ publisher, slot }) => Buffer.concat([publisher, slot]).toString('hex')
  const found = groupBy(checked, placeOf)
    .flatMap(latestOf)
    .flatMap((envelope) => {
      const { publisher, slot, sequence } = envelope
      return unlessRefused(() => ({ publisher, slot, sequence, document: documentOf(envelope, wall) }))
    })
    .sort(inOrder)
  if (kind !== 'group-info') return { found }
  const classes = classesOf(found)
  return { found, classes, used: usedOf(found, classes, invited) }
}
