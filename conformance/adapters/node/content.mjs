// Which elements stand in which type of document, in what order and how often.

import { refuse } from './refusals.mjs'
import { limit } from './registry.mjs'

/** A place in the order: the elements that stand there together, and how often. */
const place = (names, least, most) => ({ names, least, most })

const PAIRS = (least) => place(['bootstrap-address', 'bootstrap-port'], least, limit('contacts'))

const GROUP = [
  PAIRS(1),
  place(['description'], 1, 1),
  place(['policy'], 0, 1),
  place(['authority-certificate'], 0, 1),
  place(['suite'], 0, limit('suites')),
  place(['admits-receivers'], 0, 1),
  place(['origin-auth'], 0, 1),
  place(['multicast-address', 'multicast-port'], 0, 1),
  place(['max-datagram'], 0, 1),
]

/** The columns of the table of content, in its order. */
export const CONTENT = {
  'group-info': GROUP,
  'group-id-redirect': [place(['actual-group-id'], 1, 1)],
  'group-member': [place(['peer-id'], 1, 1), place(['name'], 0, 1)],
  'group-list-entry': [place(['group-id'], 1, 1), place(['description'], 0, 1)],
  'group-invitation': [
    place(['group-id'], 1, 1),
    ...GROUP,
    place(['authority-fingerprint'], 0, 1),
    place(['main-group-id'], 0, 1),
    place(['main-bootstrap-address', 'main-bootstrap-port'], 0, limit('contacts')),
  ],
}

const WITH_ENCODING = new Set(['actual-group-id', 'group-id', 'main-group-id'])
const isBlank = (text) => /^[ \t\r\n]*$/.test(text)
const ownAttributes = (element) => element.attributes.filter((one) => one.namespace === '')

function checkAttributes(root, children) {
  // REQ-DOC-24
  if (ownAttributes(root).length !== 1) refuse('schema-invalid')
  for (const child of children) {
    const own = ownAttributes(child)
    if (!WITH_ENCODING.has(child.local)) {
      if (own.length > 0) refuse('schema-invalid')
    } else if (own.length !== 1 || own[0].local !== 'encoding' || !['as-is', 'hex'].includes(own[0].value)) {
      refuse('schema-invalid')
    }
  }
}

function checkText(root, children) {
  // REQ-DOC-25
  if (!root.texts.every(isBlank) || children.some((child) => child.children.length > 0))
    refuse('schema-invalid')
}

/** Refuses elements that are not those of the type's column, in order and number. */
export function checkOrder(type, names) {
  // REQ-DOC-26, REQ-DOC-27, REQ-DOC-28, REQ-DOC-29, REQ-DOC-30
  let at = 0
  for (const { names: together, least, most } of CONTENT[type]) {
    let times = 0
    while (times < most && together.every((name, offset) => names[at + offset] === name)) {
      at += together.length
      times += 1
    }
    if (times < least) refuse('schema-invalid')
  }
  if (at !== names.length) refuse('schema-invalid')
  if (names.includes('main-group-id') !== names.includes('main-bootstrap-address')) refuse('schema-invalid')
}

/** The elements of a document of a type: name, text and encoding, in order. */
export function readContent(type, root) {
  // REQ-DOC-56
  const children = root.children.filter((child) => child.namespace === '')
  checkAttributes(root, children)
  checkText(root, children)
  checkOrder(
    type,
    children.map((child) => child.local),
  )
  return children.map((child) => ({
    name: child.local,
    text: child.texts.join(''),
    encoding: ownAttributes(child)[0]?.value,
  }))
}
