// A group-invitation as a URI: the same elements, without XML.

import { checkOrder } from './content.mjs'
import { demandReadable, elementsOf, readElements } from './documents.mjs'
import { misuse, refuse } from './refusals.mjs'
import { limit } from './registry.mjs'
import { isXmlCharacter } from './xml.mjs'

const TYPE = 'group-invitation'
const TEXTS = {
  d: 'description',
  p: 'policy',
  a: 'authority-certificate',
  s: 'suite',
  r: 'admits-receivers',
  o: 'origin-auth',
  x: 'max-datagram',
  f: 'authority-fingerprint',
}
const PAIRS = { c: 'bootstrap', m: 'multicast', b: 'main-bootstrap' }

const PORT_CHAR = "[A-Za-z0-9._~!$'()*+,;=@/-]"
const PCT = '%[0-9A-Fa-f]{2}'
const PLAIN = `(?:${PCT}|${PORT_CHAR}|[:\\[\\]])`
const ADDRESS = '(?:[0-9.]+|\\[[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*\\])'
const INVITATION = new RegExp(`^coterie:(${PLAIN}+)\\?(.+)$`, 'i')
const TEXT = new RegExp(`^([dpasroxfg])=((?:${PLAIN}|\\?)*)$`)
const PAIR = new RegExp(`^([cmb])=(${ADDRESS}):((?:${PCT}|${PORT_CHAR}|\\?)*)$`)

/** The octets of a text whose percent-encoding is undone. */
function decodePercent(text) {
  return Buffer.from(
    text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits) => String.fromCharCode(parseInt(digits, 16))),
    'latin1',
  )
}

/** The characters of percent-encoded UTF-8. */
function decodeText(text) {
  let characters
  try {
    characters = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(decodePercent(text))
  } catch {
    refuse('document-encoding') // REQ-DOC-4
  }
  // REQ-DOC-5
  for (const one of characters) if (!isXmlCharacter(one.codePointAt(0))) refuse('document-character')
  return characters
}

const groupElement = (name, text) => ({ name, text: decodePercent(text).toString('hex'), encoding: 'hex' })

/** The elements that one parameter stands for. */
function readParameter(found) {
  const [, name, value, port] = found
  if (port !== undefined) {
    return [
      { name: `${PAIRS[name]}-address`, text: value.replace(/^\[|\]$/g, '') },
      { name: `${PAIRS[name]}-port`, text: port },
    ]
  }
  return name === 'g'
    ? [groupElement('main-group-id', value)]
    : [{ name: TEXTS[name], text: decodeText(value) }]
}

/** Reads an invitation from its URI, as the document that it stands for. */
export function readInvitation(uri) {
  // REQ-DOC-60
  if ([...uri].length > limit('document')) refuse('bad-uri')
  const found = INVITATION.exec(uri) ?? refuse('bad-uri')
  const parameters = found[2].split('&').map((one) => TEXT.exec(one) ?? PAIR.exec(one) ?? refuse('bad-uri'))
  const elements = [groupElement('group-id', found[1]), ...parameters.flatMap(readParameter)]
  // REQ-DOC-61
  checkOrder(
    TYPE,
    elements.map((element) => element.name),
  )
  return readElements(TYPE, elements)
}

// ---------------------------------------------------------------- writing

/** Every octet but unreserved characters percent-encoded. */
function encodePercent(octets) {
  return Array.from(octets, (octet) => {
    const character = String.fromCharCode(octet)
    return /[A-Za-z0-9._~-]/.test(character)
      ? character
      : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
}

const LETTERS = Object.fromEntries(
  [
    ...Object.entries(TEXTS),
    ...Object.entries(PAIRS).map(([letter, stem]) => [letter, `${stem}-address`]),
  ].map(([letter, name]) => [name, letter]),
)

function writeParameter([name, text, encoding], port) {
  if (encoding !== undefined)
    return `g=${encodePercent(Buffer.from(text, encoding === 'hex' ? 'hex' : 'utf8'))}`
  if (name.endsWith('-address')) return `${LETTERS[name]}=${text.includes(':') ? `[${text}]` : text}:${port}`
  return `${LETTERS[name]}=${name === 'authority-certificate' ? text : encodePercent(Buffer.from(text, 'utf8'))}`
}

/** Writes the URI of an invitation, given like a document. */
export function writeInvitation(given) {
  if (given.type !== TYPE) misuse('only a group-invitation has a URI')
  const elements = elementsOf(given)
  demandReadable(() => {
    checkOrder(
      TYPE,
      elements.map(([name]) => name),
    )
    readElements(
      TYPE,
      elements.map(([name, text, encoding]) => ({ name, text, encoding })),
    )
  })
  // REQ-DOC-62
  const [[, group, encoding], ...rest] = elements
  const parameters = rest.flatMap((element, at) =>
    element[0].endsWith('-port') ? [] : [writeParameter(element, rest[at + 1]?.[1])],
  )
  const uri = `coterie:${encodePercent(Buffer.from(group, encoding === 'hex' ? 'hex' : 'utf8'))}?${parameters.join('&')}`
  if (uri.length > limit('document'))
    misuse(`the URI would have more than ${limit('document')} characters; hand the document over`)
  return uri
}
