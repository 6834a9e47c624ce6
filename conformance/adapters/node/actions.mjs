// The closed list of tier 0: every action is a pure function of its arguments.

import { endpointOctets } from './addresses.mjs'
import { decodeBody, encodeBody, fieldsFromJson } from './bodies.mjs'
import { buildDocument, parseDocument } from './documents.mjs'
import { draw } from './draw.mjs'
import { checkEnvelope, signEnvelope } from './envelopes.mjs'
import {
  decodeFrame,
  encodeFrame,
  encodeHeader,
  encodeSealedPrefix,
  splitFrame,
  verifyFrame,
} from './frames.mjs'
import { helloCookie, helloTranscript } from './hello.mjs'
import { checkInstall } from './install.mjs'
import { readInvitation, writeInvitation } from './invitation.mjs'
import { checkLeaf, readKeyOfLeaf } from './leaf.mjs'
import { nodeId, overlayId, peerId } from './names.mjs'
import { unhex } from './octets.mjs'
import { readEnvelope, readResource } from './reading.mjs'
import { followRedirects } from './redirects.mjs'
import { misuse } from './refusals.mjs'
import { frameByName, kindByName, limit, suiteByCode, tables } from './registry.mjs'
import { resourceKey } from './resources.mjs'
import { passUp, sharedElement, startRun } from './run.mjs'
import { confirmation, epochSecrets, exportSecret, senderKey } from './schedule.mjs'
import { openBody, sealBody } from './seal.mjs'
import { cutFrame, joinSegments } from './segments.mjs'
import { checkElements, fold, raise, scalarFromDraw } from './suites.mjs'

const MOST_ENVELOPES = 256
const MOST_NAMES = 16

// ---------------------------------------------------------------- arguments

const KINDS = {
  hex: (value, name, size) => unhex(value, name, size),
  list: (value, name, size) => {
    if (!Array.isArray(value)) misuse(`${name} must be a list`)
    return value.map((item) => unhex(item, name, size))
  },
  int: (value, name) => {
    if (!Number.isInteger(value) && typeof value !== 'bigint') misuse(`${name} must be an integer`)
    if (value < 0 || value >= 2n ** 64n) misuse(`${name} must be from 0 to 2^64 - 1`)
    return value
  },
  suite: (value) => {
    if (!suiteByCode.has(value)) misuse('suite must be 1 or 2')
    return value
  },
  kind: (value) =>
    kindByName.has(value) ? value : misuse('kind must be the name of a kind, such as group-info'),
  text: (value, name) => (typeof value === 'string' ? value : misuse(`${name} must be text`)),
  object: (value, name) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? value
      : misuse(`${name} must be an object`),
}

/** Reads arguments by their shape: name or name? to kind and size, as in {overlay: 'hex 16'}. */
function readArguments(shape, given) {
  const known = new Set(Object.keys(shape).map((name) => name.replace('?', '')))
  for (const name of Object.keys(given)) if (!known.has(name)) misuse(`this action has no argument ${name}`)
  const read = {}
  for (const [key, form] of Object.entries(shape)) {
    const name = key.replace('?', '')
    const [kind, size] = form.split(' ')
    if (given[name] === undefined || given[name] === null) {
      if (!key.endsWith('?')) misuse(`this action needs the argument ${name}`)
    } else {
      read[name] = KINDS[kind](given[name], name, size && Number(size))
    }
  }
  return read
}

/** A whole number small enough to count with. */
function small(value, least, most, name) {
  if (value < least || value > most) misuse(`${name} must be from ${least} to ${most}`)
  return Number(value)
}

/** Octets that a field of a table can hold. */
function short(octets, most, name) {
  if (octets.length > most) misuse(`${name} must have at most ${most} octets`)
  return octets
}

// ---------------------------------------------------------------- actions that join several modules

function leafCheck({ leaf, overlay, policy, authority, wall_ms: wall }) {
  if (policy !== 'open' && policy !== 'closed') misuse('policy must be open or closed')
  const seconds = Number(BigInt(wall) / 1000n)
  const { spki, kind } = checkLeaf(leaf, { overlay, policy, authority, seconds })
  return { spki, peer: peerId(spki), node: nodeId(overlay, spki), key: kind }
}

function frameVerify({ bytes, leaf }) {
  const frame = splitFrame(bytes, { longest: Infinity })
  if (frame.protection !== 'signed') misuse('only a signed frame can be verified')
  verifyFrame(frame, readKeyOfLeaf(leaf))
  return {}
}

function frameOpen({ bytes, suite, secret, node, index }) {
  const frame = splitFrame(bytes, { longest: limit('sealed-datagram') })
  if (frame.protection !== 'sealed') misuse('only a sealed frame can be opened')
  return decodeBody(frame.type, openBody(frame, suite, secret, node, small(index, 0, 65535, 'index')))
}

function frameSeal({ overlay_id: overlay, type = 'DATA', suite, secret, node, fields, ...prefix }) {
  if (frameByName.get(type)?.protection !== 'sealed') misuse(`${type} is no sealed frame type, such as DATA`)
  const body = encodeBody(type, fieldsFromJson(tables.body[type].fields, fields))
  const start = encodeSealedPrefix(prefix)
  const header = encodeHeader(type, overlay, start.length + body.length + tables.prefix.sealed.trailer[1])
  const keys = senderKey(suite, secret, prefix.sender_index, node)
  const associated = Buffer.concat([header, start])
  return { bytes: Buffer.concat([associated, sealBody(suite, keys, prefix.counter, associated, body)]) }
}

function installCheck({ body, previous, node }) {
  const view = previous && readArguments({ members: 'list 32', view: 'hex 16' }, previous)
  return checkInstall(body, node, view)
}

function drawOctets({ seed, label, context, index, length }) {
  if (/[^\x00-\x7f]/.test(label)) misuse('label must be ASCII')
  return { bytes: draw(seed, label, context, index, small(length, 1, limit('export'), 'length')) }
}

function envelopeSign({ overlay, key, ...fields }) {
  small(fields.kind, 0, 255, 'kind')
  small(fields.lifetime, 0, 2 ** 32 - 1, 'lifetime')
  short(fields.name, 255, 'name')
  short(fields.leaf, 65535, 'leaf')
  short(fields.value, 65535, 'value')
  return { bytes: signEnvelope(fields, overlay, key) }
}

function resourceRead({ wall_ms: wall, ...question }) {
  if (question.envelopes.length > MOST_ENVELOPES) misuse(`envelopes must be at most ${MOST_ENVELOPES}`)
  if (question.invited !== undefined && question.kind !== 'group-info')
    misuse('invited stands only where kind is group-info')
  return readResource({ ...question, wall: BigInt(wall) })
}

function redirectsFollow({ names }) {
  if (names.length < 1 || names.length > MOST_NAMES) misuse(`names must be 1 to ${MOST_NAMES}`)
  if (names.some((name) => name.length < 1 || name.length > limit('group-id')))
    misuse(`each name must have 1 to ${limit('group-id')} octets`)
  followRedirects(names)
  return {}
}

// ---------------------------------------------------------------- the table

const ENVELOPE = { bytes: 'hex', overlay: 'hex 16', wall_ms: 'int' }

const ELEMENTS = { suite: 'suite', entries: 'list 32' }

const ACTIONS = {
  'document.parse': [{ bytes: 'hex' }, ({ bytes }) => parseDocument(bytes)],
  'document.read-uri': [{ uri: 'text' }, ({ uri }) => readInvitation(uri)],
  'name.peer': [{ spki: 'hex' }, ({ spki }) => ({ id: peerId(spki) })],
  'name.node': [{ overlay: 'hex 16', spki: 'hex' }, ({ overlay, spki }) => ({ id: nodeId(overlay, spki) })],
  'name.overlay': [
    { group: 'hex', 'authority?': 'hex' },
    ({ group, authority = Buffer.alloc(0) }) => {
      if (authority.length !== 0 && authority.length !== 32)
        misuse('authority is a hash of 32 octets, or empty')
      return { id: overlayId(group, authority) }
    },
  ],
  'leaf.check': [
    { leaf: 'hex', overlay: 'hex 16', policy: 'text', 'authority?': 'hex', wall_ms: 'int' },
    leafCheck,
  ],
  'resource.key': [{ kind: 'kind', name: 'hex' }, ({ kind, name }) => ({ key: resourceKey(kind, name) })],
  'envelope.sign': [
    {
      overlay: 'hex 16',
      kind: 'int',
      name: 'hex',
      slot: 'hex 16',
      sequence: 'int',
      lifetime: 'int',
      leaf: 'hex',
      value: 'hex',
      key: 'hex',
    },
    envelopeSign,
  ],
  'envelope.check': [
    ENVELOPE,
    ({ bytes, overlay, wall_ms: wall }) => checkEnvelope(bytes, overlay, BigInt(wall)),
  ],
  'envelope.read': [
    ENVELOPE,
    ({ bytes, overlay, wall_ms: wall }) => ({ document: readEnvelope(bytes, overlay, BigInt(wall)) }),
  ],
  'resource.read': [
    {
      overlay: 'hex 16',
      kind: 'kind',
      name: 'hex',
      wall_ms: 'int',
      envelopes: 'list',
      'invited?': 'hex 16',
    },
    resourceRead,
  ],
  'redirects.follow': [{ names: 'list' }, redirectsFollow],
  'frame.decode': [{ bytes: 'hex' }, ({ bytes }) => decodeFrame(bytes)],
  'frame.verify': [{ bytes: 'hex', leaf: 'hex' }, frameVerify],
  'frame.open': [{ bytes: 'hex', suite: 'suite', secret: 'hex 32', node: 'hex 32', index: 'int' }, frameOpen],
  'frame.seal': [
    {
      overlay_id: 'hex 16',
      view_id: 'hex 16',
      sender_index: 'int',
      counter: 'int',
      suite: 'suite',
      secret: 'hex 32',
      node: 'hex 32',
      'type?': 'text',
      fields: 'object',
    },
    frameSeal,
  ],
  draw: [{ seed: 'hex 32', label: 'text', context: 'hex', index: 'int', length: 'int' }, drawOctets],
  'hello.cookie': [
    { secret: 'hex 32', address: 'text', overlay: 'hex 16', nonce: 'hex 32', bucket: 'int' },
    (args) => ({
      cookie: helloCookie(args.secret, endpointOctets(args.address), args.overlay, args.nonce, args.bucket),
    }),
  ],
  'hello.transcript': [
    { frames: 'list' },
    ({ frames }) => {
      if (frames.length !== 2 && frames.length !== 3) misuse('a transcript covers two frames or three')
      return { transcript: helloTranscript(frames) }
    },
  ],
  'element.check': [
    { suite: 'suite', elements: 'list 32', 'total?': 'hex 32' },
    ({ suite, elements, total }) => {
      checkElements(suite, elements, total)
      return {}
    },
  ],
  'element.raise': [
    { suite: 'suite', element: 'hex 32', scalar: 'hex 32' },
    ({ suite, element, scalar }) => ({ element: raise(suite, element, scalar) }),
  ],
  'scalar.draw': [
    { suite: 'suite', bytes: 'hex' },
    ({ suite, bytes }) => ({ scalar: scalarFromDraw(suite, bytes) }),
  ],
  'scalar.fold': [
    { suite: 'suite', x: 'hex 32', y: 'hex 32' },
    ({ suite, x, y }) => ({ scalar: fold(suite, x, y) }),
  ],
  'run.start': [
    { ...ELEMENTS, position: 'int', x: 'hex 32', y: 'hex 32' },
    ({ suite, entries, position, x, y }) => startRun(suite, entries, Number(position), x, y),
  ],
  'run.up': [
    { ...ELEMENTS, total: 'hex 32', x: 'hex 32' },
    ({ suite, entries, total, x }) => passUp(suite, entries, total, x),
  ],
  'run.key': [
    { suite: 'suite', entry: 'hex 32', x: 'hex 32' },
    ({ suite, entry, x }) => ({ key: sharedElement(suite, entry, x) }),
  ],
  'install.check': [{ body: 'hex', 'previous?': 'object', node: 'hex 32' }, installCheck],
  schedule: [
    { suite: 'suite', install_digest: 'hex 32', leaf_hashes: 'list 32', down_body: 'hex', key: 'hex 32' },
    (args) => epochSecrets(args.suite, args.install_digest, args.leaf_hashes, args.down_body, args.key),
  ],
  'confirm.mac': [
    { confirm: 'hex 32', node: 'hex 32' },
    ({ confirm, node }) => ({ mac: confirmation(confirm, node) }),
  ],
  'sender.key': [
    { suite: 'suite', secret: 'hex 32', index: 'int', node: 'hex 32' },
    ({ suite, secret, index, node }) => senderKey(suite, secret, index, node),
  ],
  export: [
    { exporter: 'hex 32', context: 'hex', length: 'int' },
    ({ exporter, context, length }) => ({
      secret: exportSecret(exporter, context, small(length, 1, limit('export'), 'length')),
    }),
  ],
  'segment.cut': [{ frame: 'hex' }, ({ frame }) => ({ segments: cutFrame(frame) })],
  'segment.join': [{ segments: 'list' }, ({ segments }) => ({ frame: joinSegments(segments) })],
}

// Their arguments are the object itself, as frame.decode and document.parse give it.
const OPEN_ACTIONS = {
  'frame.encode': (given) => ({ bytes: encodeFrame(given) }),
  'document.build': (given) => ({ bytes: buildDocument(given) }),
  'document.write-uri': (given) => ({ uri: writeInvitation(given) }),
}

/** Runs an action. Undefined where it is not on the list; throws Refusal and UsageError. */
export function act(name, given) {
  if (Object.hasOwn(OPEN_ACTIONS, name)) return OPEN_ACTIONS[name](given)
  if (!Object.hasOwn(ACTIONS, name)) return undefined
  const [shape, run] = ACTIONS[name]
  return run(readArguments(shape, given))
}
