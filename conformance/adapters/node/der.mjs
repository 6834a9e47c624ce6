// Strict DER: one encoding for one value, definite minimal lengths, nothing left over. Any fault throws
// DerError.

export class DerError extends Error {}

const DEPTH = 16 // a certificate of ours is at most nine deep
const CONSTRUCTED = 0x20

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
}

function demand(condition, what) {
  if (!condition) throw new DerError(what)
}

/** A count of unused bits, and those bits zero. */
export function isBitString(value) {
  if (value.length < 2) return value.length === 1 && value[0] === 0
  return value[0] < 8 && (value.at(-1) & ((1 << value[0]) - 1)) === 0
}

// What DER asks of the contents of each universal primitive type that a certificate uses.
const CONTENTS = {
  [TAG.boolean]: (value) => value.length === 1 && (value[0] === 0 || value[0] === 255),
  [TAG.integer]: (value) =>
    value.length > 0 &&
    !(value.length > 1 && ((value[0] === 0 && value[1] < 128) || (value[0] === 255 && value[1] >= 128))),
  [TAG.bits]: isBitString,
  0x05: (value) => value.length === 0,
  [TAG.oid]: (value) =>
    value.length > 0 &&
    value.at(-1) < 128 &&
    !value.some((octet, at) => octet === 128 && (at === 0 || value[at - 1] < 128)),
}

/** Length octets at `at`: [length, where the contents begin]. */
function readLength(octets, at) {
  demand(at < octets.length, 'no length')
  const first = octets[at]
  if (first < 128) return [first, at + 1]
  const count = first & 127
  demand(count > 0 && count <= 4 && at + 1 + count <= octets.length, 'indefinite or overlong length')
  const length = octets.readUIntBE(at + 1, count)
  demand(length >= 128 && octets[at + 1] !== 0, 'length not minimal')
  return [length, at + 1 + count]
}

function checkForm(tag, value) {
  if (tag >= 0x40) return // not universal
  const isCollection = (tag & 0x1f) === 0x10 || (tag & 0x1f) === 0x11
  demand(isCollection === ((tag & CONSTRUCTED) !== 0), 'constructed string or primitive collection')
  demand(CONTENTS[tag]?.(value) ?? true, 'malformed contents')
}

/** Reads the value at `at`: {tag, value, whole, items}; `items` are the parts of a constructed one. */
function readAt(octets, at, depth) {
  demand(depth > 0, 'nested too deeply')
  demand(at < octets.length, 'nothing there')
  const tag = octets[at]
  demand((tag & 0x1f) !== 0x1f && tag !== 0, 'a tag that certificates do not use')
  const [length, begin] = readLength(octets, at + 1)
  demand(length <= octets.length - begin, 'contents run past the end')
  const value = octets.subarray(begin, begin + length)
  checkForm(tag, value)
  const items = tag & CONSTRUCTED ? readAll(value, depth - 1) : []
  if (tag === TAG.set) {
    demand(
      items.every((item, place) => place === 0 || Buffer.compare(items[place - 1].whole, item.whole) <= 0),
      'a set out of order',
    )
  }
  return { tag, value, whole: octets.subarray(at, begin + length), items }
}

function readAll(octets, depth) {
  const items = []
  for (let at = 0; at < octets.length; at += items.at(-1).whole.length) items.push(readAt(octets, at, depth))
  return items
}

/** Reads exactly one DER value that fills `octets`. */
export function readDer(octets) {
  const item = readAt(octets, 0, DEPTH)
  demand(item.whole.length === octets.length, 'octets follow the value')
  return item
}

/** The item, if it has the tag and, where given, the number of parts. */
export function expectTag(item, tag, parts = undefined) {
  demand(item !== undefined && item.tag === tag, 'another type stands here')
  demand(parts === undefined || item.items.length === parts, 'another number of parts')
  return item
}

/** An OBJECT IDENTIFIER in dotted form. */
export function dottedOid(item) {
  expectTag(item, TAG.oid)
  const arcs = []
  let arc = 0n
  for (const octet of item.value) {
    arc = (arc << 7n) | BigInt(octet & 127)
    if (octet < 128) {
      arcs.push(arc)
      arc = 0n
    }
  }
  const root = arcs[0] < 80n ? arcs[0] / 40n : 2n
  return [root, arcs[0] - root * 40n, ...arcs.slice(1)].join('.')
}

/** A UTCTime or GeneralizedTime in seconds since 1970. */
export function timeSeconds(item) {
  demand(item !== undefined && (item.tag === TAG.utcTime || item.tag === TAG.generalizedTime), 'no time')
  const text = item.value.toString('latin1')
  const digits = item.tag === TAG.utcTime ? /^\d{12}Z$/ : /^\d{14}Z$/
  demand(digits.test(text), 'a time with a fraction, an offset or without seconds')
  const whole = item.tag === TAG.utcTime ? (Number(text.slice(0, 2)) < 50 ? '20' : '19') + text : text
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)(..)(..)(..)Z$/.exec(whole).map(Number)
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  const isCalendar =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour
  demand(isCalendar && date.getUTCMinutes() === minute && date.getUTCSeconds() === second, 'no such time')
  return date.getTime() / 1000
}
