// Bodies of frames, read and written from the field tables of the specification.
//
// In memory a body is a plain object: u64 as BigInt, shorter integers as numbers, octets as Buffers, lists as
// arrays,
// a contact as {address, port}, an extension as {type, value}. Counts, lengths and zeros are not in it: they
// follow
// from the rest.

import { fromBig, integer, isZero, unhex } from './octets.mjs'
import { misuse, refuse } from './refusals.mjs'
import { limit, tables } from './registry.mjs'

const WIDTH = { u8: 1, u16: 2, u32: 4, u64: 8 }
const CRITICAL = 0x8000
const PADDING = 0x0001

// REQ-FRM-20: the critical extensions, and the frame type that may carry each.
const HOMES = new Map([
  [0x8002, 'DATA'],
  [0x8003, 'INSTALL'],
])

// REQ-FRM-18: least and greatest value of every count. UP carries one entry less, since its total is the
// last.
const COUNTS = {
  suite_count: () => [1, limit('suites')],
  member_count: () => [1, limit('members')],
  cut_count: () => [0, limit('cut-views')],
  sender_count: () => [0, limit('cut-senders')],
  entry_count: (frame) => [1, limit('members') - (frame === 'UP' ? 1 : 0)],
  message_count: () => [1, limit('messages')],
  candidate_count: () => [1, limit('candidates')],
  permit_count: () => [0, limit('permits')],
  permit_length: () => [1, limit('permit')],
  holding_count: () => [0, limit('members')],
  refused_count: () => [0, limit('refused')],
  neighbour_count: () => [0, limit('bucket')],
  held_count: () => [0, limit('page-values')],
  // a row of VALUES may be empty as far as the structure goes
  envelope_length: (frame) => [frame === 'STORE' ? 1 : 0, 65535],
  group_length: () => [1, limit('group-id')],
  info_length: () => [1, 65535],
  range_count: () => [1, limit('nack-ranges')],
  version_count: () => [0, limit('error-versions')],
  leaf_length: () => [1, 65535],
  count: () => [2, limit('segments')],
}

class Reader {
  constructor(octets) {
    this.octets = octets
    this.at = 0
  }

  get left() {
    return this.octets.length - this.at
  }

  take(size, name) {
    // REQ-FRM-16
    if (size > this.left) refuse('truncated-body', name)
    this.at += size
    return this.octets.subarray(this.at - size, this.at)
  }
}

function isCount(name, kind) {
  return kind in WIDTH && name in COUNTS
}

function checkCount(name, value, fields, frame) {
  // REQ-FRM-18
  const [least, most] = COUNTS[name](frame)
  if (value < least || value > most) refuse('count-out-of-range', name)
  if (name === 'count' && fields.index >= value) refuse('count-out-of-range', 'index')
}

/** Reads the extension list, which is everything that is left. */
function readExtensions(reader, frame) {
  const list = []
  while (reader.left > 0) {
    // REQ-FRM-23
    if (list.length === limit('extensions')) refuse('too-many-extensions', 'extensions')
    // REQ-FRM-19
    if (reader.left < 4) refuse('extension-overrun', 'extensions')
    const type = Number(fromBig(reader.take(2)))
    const length = Number(fromBig(reader.take(2)))
    if (length > reader.left) refuse('extension-overrun', 'extensions')
    const value = reader.take(length)
    // REQ-FRM-22
    if (list.some((earlier) => earlier.type === type)) refuse('duplicate-extension', 'extensions')
    // REQ-FRM-20, REQ-FRM-21
    if (type & CRITICAL && HOMES.get(type) !== frame) refuse('unknown-critical-extension', 'extensions')
    // REQ-FRM-24
    if (type === PADDING && !isZero(value)) refuse('padding-nonzero', 'extensions')
    list.push({ type, value })
  }
  return list
}

function readItem(reader, kind, frame, name) {
  if (kind in WIDTH) return Number(fromBig(reader.take(WIDTH[kind], name)))
  const row = tables.row[kind].fields
  const fields = readFields(reader, row, frame)
  const only = onlyField(row)
  return only ? fields[only[0]] : fields
}

function readList(reader, count, kind, frame, name) {
  const items = []
  for (let index = 0; index < count; index += 1) items.push(readItem(reader, kind, frame, name))
  return items
}

/** Reads one field; `fields` holds those before it, counts and lengths included. */
function readField(reader, [name, size, kind, item], fields, frame) {
  const amount = typeof size === 'string' && size.startsWith('*') ? fields[size.slice(1)] : size
  if (kind === 'ext') return readExtensions(reader, frame)
  if (kind === 'list') return readList(reader, amount, item, frame, name)
  if (size === 'rest') {
    // REQ-FRM-28: a segment without payload is one that was cut off
    if (reader.left === 0) refuse('truncated-body', name)
    return reader.take(reader.left)
  }
  const octets = reader.take(amount, name)
  if (kind === 'contact') return { address: octets.subarray(0, 16), port: octets.readUInt16BE(16) }
  if (kind === 'u64') return fromBig(octets)
  if (kind in WIDTH) return Number(fromBig(octets))
  // REQ-FRM-17
  if (kind === 'zero' && !isZero(octets)) refuse('padding-nonzero', name)
  return octets
}

function readFields(reader, table, frame) {
  const fields = {}
  for (const field of table) {
    const [name, , kind] = field
    fields[name] = readField(reader, field, fields, frame)
    if (isCount(name, kind)) checkCount(name, fields[name], fields, frame)
  }
  for (const [name, size, kind] of table) {
    if (kind === 'zero') delete fields[name]
    if (typeof size === 'string' && size.startsWith('*')) delete fields[size.slice(1)]
  }
  return fields
}

/** Reads the body of a frame type. Refuses by REQ-FRM-16 to REQ-FRM-24 and REQ-FRM-28. */
export function decodeBody(frame, octets) {
  const table = tables.body[frame].fields
  const reader = new Reader(octets)
  const fields = readFields(reader, table, frame)
  // REQ-FRM-17
  if (reader.left > 0) refuse('trailing-bytes')
  return fields
}

// ---------------------------------------------------------------- writing, and the JSON form

/** The fields of a table that stand in its JSON form: no zeros, counts and lengths. */
function statedFields(table) {
  const derived = new Set(table.map(([, size]) => (typeof size === 'string' ? size.replace(/^\*/, '') : '')))
  return table.filter(([name, , kind]) => kind !== 'zero' && !derived.has(name))
}

/** The field that a row is, where only one of it is stated: such a row is that value and no object. */
function onlyField(row) {
  const stated = statedFields(row)
  return stated.length === 1 ? stated[0] : undefined
}

/**
 * Reads a table's fields from their JSON form (octets as hexadecimal). A field missing or too much is the
 * caller's mistake.
 */
export function fieldsFromJson(table, given) {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) misuse('fields must be an object')
  const stated = statedFields(table)
  const stray = Object.keys(given).find((name) => !stated.some(([known]) => known === name))
  if (stray !== undefined) misuse(`there is no field ${stray} here`)
  return Object.fromEntries(
    stated.map(([name, size, kind, item]) => [
      name,
      valueFromJson(given[name], name, fixedSize(size), kind, item),
    ]),
  )
}

function fixedSize(size) {
  return typeof size === 'number' ? size : undefined
}

function valueFromJson(given, name, size, kind, item) {
  if (kind in WIDTH) return integerFromJson(given, name)
  if (kind === 'bytes') return unhex(given, name, size)
  if (kind === 'contact') return fieldsFromJson(tables.contact.fields, given)
  if (!Array.isArray(given)) misuse(`${name} must be a list`)
  if (kind === 'ext') return given.map((one) => fieldsFromJson(tables.extension.fields, one))
  if (item in WIDTH) return given.map((one) => integerFromJson(one, name))
  const row = tables.row[item].fields
  const only = onlyField(row)
  if (only) return given.map((one) => valueFromJson(one, name, fixedSize(only[1]), only[2]))
  return given.map((one) => fieldsFromJson(row, one))
}

function integerFromJson(given, name) {
  if (typeof given !== 'bigint' && !Number.isInteger(given)) misuse(`${name} must be an integer`)
  return given
}

function encodeItem(item, value) {
  if (item in WIDTH) return integer(value, WIDTH[item])
  const row = tables.row[item].fields
  const only = onlyField(row)
  return encodeFields(row, only ? { [only[0]]: value } : value)
}

function encodeField([name, size, kind, item], fields) {
  const value = fields[name]
  if (kind === 'zero') return Buffer.alloc(size)
  if (kind in WIDTH) return integer(value, WIDTH[kind])
  if (kind === 'contact') return encodeFields(tables.contact.fields, value)
  if (kind === 'ext') return Buffer.concat(value.map((one) => encodeFields(tables.extension.fields, one)))
  if (kind === 'list') return Buffer.concat(value.map((one) => encodeItem(item, one)))
  return value
}

/** Writes fields by their table; counts and lengths are derived, nothing else is checked. */
export function encodeFields(table, fields) {
  const whole = { ...fields }
  for (const [name, size] of table) {
    if (typeof size === 'string' && size.startsWith('*')) whole[size.slice(1)] = fields[name].length
  }
  return Buffer.concat(table.map((field) => encodeField(field, whole)))
}

/** Writes the body of a frame type. */
export function encodeBody(frame, fields) {
  return encodeFields(tables.body[frame].fields, fields)
}
