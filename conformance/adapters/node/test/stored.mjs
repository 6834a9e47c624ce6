// Makes envelopes for the tests, with any fault that a test asks for.

import { createHash } from 'node:crypto'

import { act } from '../actions.mjs'
import { formatJson, parseJson } from '../json.mjs'
import {
  alternatives,
  authorityFlag,
  BEGIN,
  certificate,
  ecKey,
  edKey,
  extended,
  name,
  OIDS,
  uri,
  usage,
} from './certificates.mjs'

const hash = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest()
const json = (value) => parseJson(Buffer.from(formatJson(value)))

export const OVERLAY = '10'.repeat(16)
export const WALL = (BEGIN + 86400) * 1000
export const GROUP = Buffer.from('chess', 'utf8').toString('hex')
export const ZEROS = '00'.repeat(16)

/** Runs an action; the result as a tool would read it. */
export const run = (action, args) => json(act(action, args))

/** Overlay-ID, by hand, of a name in hexadecimal and an authority. */
export const slotOf = (group, authority = Buffer.alloc(0)) => {
  const octets = Buffer.from(group, 'hex')
  const whole = hash(Buffer.from('coterie/1 overlay-id\0'), Buffer.of(octets.length), octets, authority)
  return whole.subarray(0, 16).toString('hex')
}

/** A publisher: key, leaf and Peer-ID, all in hexadecimal. */
function publisher(key, parts = {}) {
  return {
    key: key.secret.export({ format: 'der', type: 'pkcs8' }).toString('hex'),
    leaf: certificate(key, parts).toString('hex'),
    id: hash(Buffer.from('coterie/1 peer-id\0'), key.spki).toString('hex'),
  }
}

export const PEERS = [1, 2, 3].map((octet) => publisher(edKey(Buffer.alloc(32, octet))))
export const POINT = publisher(ecKey(Buffer.alloc(32, 4)))

// A closed group, and the peer that it has admitted.
const authorityKey = ecKey(Buffer.alloc(32, 5))
const issuer = name('authority')
export const AUTHORITY = certificate(authorityKey, {
  issuer,
  subject: issuer,
  extensions: [authorityFlag, usage(0x04)],
  days: 3000,
}).toString('hex')
export const CLOSED_SLOT = slotOf(GROUP, hash(authorityKey.spki))

/** The leaf of a peer that the closed group has admitted, or nearly. */
export const admitted = (parts = {}, overlay = CLOSED_SLOT) =>
  publisher(edKey(Buffer.alloc(32, 6)), {
    issuer,
    issuerKey: authorityKey,
    days: 7,
    extensions: [usage(0x80), extended(OIDS.clientAuth), alternatives(uri(`urn:coterie:${overlay}:member`))],
    ...parts,
  })

export const build = (document) => act('document.build', document).bytes.toString('hex')
const contacts = [{ address: '192.0.2.1', port: 4000 }]
export const INFO = build({ type: 'group-info', contacts, description: 'Chess' })
export const closedInfo = (authority = AUTHORITY) =>
  build({
    type: 'group-info',
    contacts,
    description: 'Chess',
    policy: 'closed',
    authority_certificate: authority,
  })
export const redirect = (target) => build({ type: 'group-id-redirect', actual_group_id: target })
export const member = (peer) => build({ type: 'group-member', peer_id: peer.id })
export const ENTRY = build({ type: 'group-list-entry', group_id: GROUP })

/** A signed envelope with any of its fields replaced. */
export function envelope({ peer = PEERS[0], overlay = OVERLAY, ...fields } = {}) {
  const args = {
    overlay,
    kind: 1,
    name: GROUP,
    slot: slotOf(GROUP),
    sequence: WALL,
    lifetime: fields.value === '' ? 86400 : 3600,
    leaf: peer.leaf,
    value: INFO,
    key: peer.key,
    ...fields,
  }
  return act('envelope.sign', args).bytes.toString('hex')
}

export const check = (bytes, more = {}) =>
  run('envelope.check', { bytes, overlay: OVERLAY, wall_ms: WALL, ...more })
export const read = (bytes, more = {}) =>
  run('envelope.read', { bytes, overlay: OVERLAY, wall_ms: WALL, ...more })
export const find = (envelopes, more = {}) =>
  run('resource.read', {
    overlay: OVERLAY,
    kind: 'group-info',
    name: GROUP,
    wall_ms: WALL,
    envelopes,
    ...more,
  })
