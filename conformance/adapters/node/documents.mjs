// Documents: from octets to what they say, and from that to octets.

import { CONTENT, readContent } from './content.mjs'
import { openDocument } from './opening.mjs'
import { misuse, Refusal, refuse } from './refusals.mjs'
import { hasForbidden, VALUES } from './values.mjs'
import { isXmlCharacter, parseXml, XmlError } from './xml.mjs'

const RESERVED = ['http://www.w3.org/2001/XInclude', 'http://www.w3.org/2001/XMLSchema-instance']
const SYNONYMS = { group_info: 'group-info', group_id_redirect: 'group-id-redirect' } // REQ-DOC-23

// ---------------------------------------------------------------- reading

function readTree(text) {
  try {
    return parseXml(text)
  } catch (problem) {
    if (problem instanceof XmlError) refuse('not-well-formed') // REQ-DOC-17
    throw problem
  }
}

function hasReserved(element) {
  if (RESERVED.includes(element.namespace)) return true
  return (
    element.attributes.some((one) => RESERVED.includes(one.namespace)) || element.children.some(hasReserved)
  )
}

function readType(root) {
  if (root.namespace !== '' || root.local !== 'group_management') refuse('wrong-root') // REQ-DOC-20
  const type = root.attributes.find((one) => one.namespace === '' && one.local === 'type')?.value
  // REQ-DOC-21
  if (type === undefined || !/^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/.test(type)) refuse('bad-document-type')
  const read = Object.hasOwn(SYNONYMS, type) ? SYNONYMS[type] : type
  if (!Object.hasOwn(CONTENT, read)) refuse('unsupported-document-type') // REQ-DOC-22
  return read
}

/** Addresses and ports of the elements with a prefix, as contacts. */
function contacts(values, prefix) {
  const ports = values.get(`${prefix}-port`) ?? []
  return (values.get(`${prefix}-address`) ?? []).map((address, at) => ({ address, port: ports[at] }))
}

const first = (values, name, absent = null) => values.get(name)?.[0] ?? absent

const groupMembers = (values) => ({
  contacts: contacts(values, 'bootstrap'),
  description: first(values, 'description'),
  policy: first(values, 'policy', 'open'),
  authority_certificate: first(values, 'authority-certificate'),
  suites: values.get('suite') ?? [1],
  admits_receivers: first(values, 'admits-receivers', false),
  origin_auth: first(values, 'origin-auth', 'group'),
  multicast: contacts(values, 'multicast')[0] ?? null,
  max_datagram: first(values, 'max-datagram', 1200),
})

// By type: the members of the document at the test interface.
const MEMBERS = {
  'group-info': groupMembers,
  'group-id-redirect': (values) => ({ actual_group_id: first(values, 'actual-group-id') }),
  'group-member': (values) => ({ peer_id: first(values, 'peer-id'), name: first(values, 'name') }),
  'group-list-entry': (values) => ({
    group_id: first(values, 'group-id'),
    description: first(values, 'description'),
  }),
  'group-invitation': (values) => ({
    group_id: first(values, 'group-id'),
    ...groupMembers(values),
    authority_fingerprint: first(values, 'authority-fingerprint'),
    main_group_id: first(values, 'main-group-id'),
    main_contacts: contacts(values, 'main-bootstrap'),
  }),
}

function checkTogether(type, values, members) {
  // REQ-DOC-49
  const suites = values.get('suite')
  const ascending = !suites || suites.every((suite, at) => at === 0 || suites[at - 1] < suite)
  if (!ascending || (suites && suites[0] !== 1)) refuse('bad-suites')
  const isClosed = members.policy === 'closed'
  const hasCertificate = values.has('authority-certificate')
  // REQ-DOC-53
  if (type === 'group-info' && isClosed !== hasCertificate) refuse('contradiction')
  // REQ-DOC-54
  const hasFingerprint = values.has('authority-fingerprint')
  if (type === 'group-invitation' && (isClosed ? !hasFingerprint : hasFingerprint || hasCertificate))
    refuse('contradiction')
  // REQ-DOC-55
  if (members.admits_receivers && members.origin_auth !== 'sender') refuse('contradiction')
}

/** The type and members of a document from its elements, which are those of its type's column. */
export function readElements(type, elements) {
  const values = new Map()
  for (const { name, text, encoding } of elements) {
    const value = VALUES[name](text, encoding)
    values.set(name, [...(values.get(name) ?? []), value])
  }
  const members = MEMBERS[type](values)
  checkTogether(type, values, members)
  return { type, ...members }
}

/** Reads a document: its type and members. Refuses by REQ-DOC-2 to REQ-DOC-56 in the order of the chapter. */
export function parseDocument(octets) {
  const root = readTree(openDocument(octets))
  if (hasReserved(root)) refuse('reserved-namespace') // REQ-DOC-18
  const type = readType(root)
  return readElements(type, readContent(type, root))
}

// ---------------------------------------------------------------- writing

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** The text of a Group-ID, or null where it must be written in hexadecimal. */
function asIs(octets) {
  // REQ-DOC-58
  let text
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets)
  } catch {
    return null
  }
  const isPlain =
    [...text].every((character) => isXmlCharacter(character.codePointAt(0))) && !hasForbidden(text)
  const isTrimmed = !text.startsWith(' ') && !text.endsWith(' ')
  return isPlain && isTrimmed && text.normalize('NFC') === text ? text : null
}

function identifier(name, text) {
  const octets = Buffer.from(demandHex(text, name), 'hex')
  const plain = asIs(octets)
  return plain === null ? [name, octets.toString('hex'), 'hex'] : [name, plain, 'as-is']
}

const demand = (condition, sentence) => (condition ? undefined : misuse(sentence))
const demandText = (value, name) => (typeof value === 'string' ? value : misuse(`${name} must be text`))
const demandHex = (value, name) =>
  /^(?:[0-9a-f]{2})*$/.test(demandText(value, name))
    ? value
    : misuse(`${name} must be lower-case hexadecimal`)
const demandList = (value, name) => (Array.isArray(value) ? value : misuse(`${name} must be a list`))
const demandBoolean = (value, name) =>
  typeof value === 'boolean' ? value : misuse(`${name} must be true or false`)
const demandInteger = (value, name) =>
  Number.isInteger(value) ? value : misuse(`${name} must be an integer`)

function pair(prefix, contact) {
  demand(contact !== null && typeof contact === 'object', 'a contact is an object of address and port')
  demand(Object.keys(contact).length === 2, 'a contact has an address and a port, and nothing else')
  return [
    [`${prefix}-address`, demandText(contact.address, 'address')],
    [`${prefix}-port`, String(demandInteger(contact.port, 'port'))],
  ]
}

// What the absence of a member means to a writer. A null stands only where null is such a value.
const ABSENT = {
  policy: 'open',
  authority_certificate: null,
  suites: [1],
  admits_receivers: false,
  origin_auth: 'group',
  multicast: null,
  max_datagram: 1200,
  authority_fingerprint: null,
  main_group_id: null,
  main_contacts: [],
}

/** The elements, or none where the condition does not hold. */
const elementsIf = (condition, ...elements) => (condition ? elements : [])

/** Elements of group-info from its members; REQ-DOC-59: none that says what its absence says. */
function groupElements(given) {
  const whole = { ...ABSENT, ...given }
  const { authority_certificate: certificate, multicast } = whole
  const policy = demandText(whole.policy, 'policy')
  const suites = demandList(whole.suites, 'suites').map((suite) => [
    'suite',
    String(demandInteger(suite, 'suites')),
  ])
  const receivers = demandBoolean(whole.admits_receivers, 'admits_receivers')
  const origin = demandText(whole.origin_auth, 'origin_auth')
  const most = demandInteger(whole.max_datagram, 'max_datagram')
  return [
    ...demandList(whole.contacts, 'contacts').flatMap((contact) => pair('bootstrap', contact)),
    ['description', demandText(whole.description, 'description')],
    ...elementsIf(policy !== ABSENT.policy, ['policy', policy]),
    ...(certificate === null
      ? []
      : [['authority-certificate', base64(certificate, 'authority_certificate')]]),
    ...(suites.length === 1 && suites[0][1] === '1' ? [] : suites),
    ...elementsIf(receivers, ['admits-receivers', 'true']),
    ...elementsIf(origin !== ABSENT.origin_auth, ['origin-auth', origin]),
    ...(multicast === null ? [] : pair('multicast', multicast)),
    ...elementsIf(most !== ABSENT.max_datagram, ['max-datagram', String(most)]),
  ]
}

const base64 = (value, name) => Buffer.from(demandHex(value, name), 'hex').toString('base64')

function invitationElements(given) {
  const whole = { ...ABSENT, ...given }
  const { authority_fingerprint: fingerprint, main_group_id: main } = whole
  return [
    identifier('group-id', whole.group_id),
    ...groupElements(whole),
    ...(fingerprint === null
      ? []
      : [['authority-fingerprint', demandHex(fingerprint, 'authority_fingerprint')]]),
    ...(main === null ? [] : [identifier('main-group-id', main)]),
    ...demandList(whole.main_contacts, 'main_contacts').flatMap((contact) => pair('main-bootstrap', contact)),
  ]
}

const optional = (name, value) => (value == null ? [] : [[name, demandText(value, name)]])

// By type: its elements as [name, text, encoding].
const ELEMENTS = {
  'group-info': groupElements,
  'group-id-redirect': (given) => [identifier('actual-group-id', given.actual_group_id)],
  'group-member': (given) => [
    ['peer-id', demandHex(given.peer_id, 'peer_id')],
    ...optional('name', given.name),
  ],
  'group-list-entry': (given) => [
    identifier('group-id', given.group_id),
    ...optional('description', given.description),
  ],
  'group-invitation': invitationElements,
}

function render(type, elements) {
  // REQ-DOC-57
  const lines = elements.map(([name, text, encoding]) => {
    const attribute = encoding === undefined ? '' : ` encoding="${encoding}"`
    return `  <${name}${attribute}>${escape(text)}</${name}>\n`
  })
  return Buffer.from(
    `GROUP-MANAGEMENT:\n<group_management type="${type}">\n${lines.join('')}</group_management>\n`,
    'utf8',
  )
}

/** The elements of a document, as [name, text, encoding], from its type and members. */
export function elementsOf(given) {
  if (typeof given.type !== 'string' || !Object.hasOwn(ELEMENTS, given.type))
    misuse('type must be the name of a type of document')
  const members = Object.keys(MEMBERS[given.type](new Map()))
  const stray = Object.keys(given).find((name) => name !== 'type' && !members.includes(name))
  demand(stray === undefined, `${given.type} has no member ${stray}`)
  return ELEMENTS[given.type](given)
}

/** Runs `read` over something about to be written. What no reader would accept is the caller's mistake. */
export function demandReadable(read) {
  try {
    read()
  } catch (problem) {
    if (problem instanceof Refusal)
      misuse(`these values make a document that is refused with ${problem.reason}`)
    throw problem
  }
}

/** Writes a document from its type and members. */
export function buildDocument(given) {
  const octets = render(given.type, elementsOf(given))
  demandReadable(() => parseDocument(octets))
  return octets
}
