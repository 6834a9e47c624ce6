// A small strict reader of XML 1.0 with namespaces, for texts that the scan has passed: no document type, no
// processing
// instruction, no CDATA section, names in ASCII. Every fault throws XmlError.

export class XmlError extends Error {}

const XML = 'http://www.w3.org/XML/1998/namespace'
const XMLNS = 'http://www.w3.org/2000/xmlns/'
const ENTITY = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** Whether a code point is a character of XML. */
export function isXmlCharacter(point) {
  if (point < 0x20) return point === 9 || point === 10 || point === 13
  return point <= 0xd7ff || (point >= 0xe000 && point <= 0xfffd) || (point >= 0x10000 && point <= 0x10ffff)
}

function fail(what) {
  throw new XmlError(what)
}

/** Replaces the references in a piece of text. */
function resolve(text) {
  return text.replace(/&([^;]*)(;?)/g, (_, name, end) => {
    if (end === '') fail('an ampersand that begins no reference')
    if (Object.hasOwn(ENTITY, name)) return ENTITY[name]
    const number = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(name) ?? fail(`no entity ${name}`)
    const point = number[1] === undefined ? parseInt(number[2], 10) : parseInt(number[1], 16)
    return isXmlCharacter(point) ? String.fromCodePoint(point) : fail('a reference to no character')
  })
}

/** [prefix, local part] of a name; the prefix of a name without one is ''. */
function splitName(name) {
  const parts = name.split(':')
  if (parts.length > 2 || parts.some((part) => !/^[A-Za-z_]/.test(part)))
    fail(`${name} is no name in a namespace`)
  return parts.length === 2 ? parts : ['', name]
}

/**
 * Checks one namespace declaration and returns [prefix, namespace], or null for a declaration of xml as
 * itself.
 */
function readDeclaration(prefix, namespace) {
  if (prefix === 'xmlns' || namespace === XMLNS) fail('xmlns cannot be declared')
  if ((prefix === 'xml') !== (namespace === XML)) fail('xml is bound to its own namespace only')
  if (prefix !== '' && namespace === '') fail('a prefix cannot be undeclared')
  return [prefix, namespace]
}

class XmlReader {
  constructor(text) {
    this.text = text
    this.at = 0
  }

  match(pattern) {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (found) this.at = pattern.lastIndex
    return found
  }

  /** Takes a comment that begins here. */
  comment() {
    const end = this.text.indexOf('--', this.at + 4)
    if (end < 0 || this.text[end + 2] !== '>') fail('a comment with -- in it, or without an end')
    this.at = end + 3
  }

  /** White space and comments before and after the root. */
  outside() {
    for (;;) {
      this.match(/[ \t\r\n]*/y)
      if (!this.text.startsWith('<!--', this.at)) return
      this.comment()
    }
  }

  attributes() {
    const found = []
    for (;;) {
      const one = this.match(
        /[ \t\r\n]+([A-Za-z_:][A-Za-z0-9_:.-]*)[ \t\r\n]*=[ \t\r\n]*(?:"([^"<]*)"|'([^'<]*)')/y,
      )
      if (!one) return found
      if (found.some(([name]) => name === one[1])) fail('an attribute twice')
      found.push([one[1], resolve((one[2] ?? one[3]).replace(/[\t\n]/g, ' '))])
    }
  }

  /** A start tag: the element without its content, its prefixes in scope, and whether it is empty. */
  startTag(scope) {
    const [, name] = this.match(/<([A-Za-z_:][A-Za-z0-9_:.-]*)/y) ?? fail('no start tag')
    const attributes = this.attributes()
    const end = this.match(/[ \t\r\n]*(\/?)>/y) ?? fail('a malformed tag')
    const inner = new Map(scope)
    const plain = []
    for (const [attribute, value] of attributes) {
      const [prefix, local] = splitName(attribute)
      if (prefix === 'xmlns') inner.set(...readDeclaration(local, value))
      else if (attribute === 'xmlns') inner.set(...readDeclaration('', value))
      else plain.push([prefix, local, value])
    }
    const [prefix, local] = splitName(name)
    const element = {
      name,
      local,
      namespace: lookUp(inner, prefix),
      attributes: expand(plain, inner),
      children: [],
      texts: [''],
    }
    return { element, scope: inner, isEmpty: end[1] === '/' }
  }

  /** Takes character data and adds it to the text behind the last child of `element`. */
  characters(element) {
    const data = this.match(/[^<]+/y)
    if (!data) return
    if (data[0].includes(']]>')) fail(']]> in text')
    element.texts[element.texts.length - 1] += resolve(data[0])
  }

  /** The root with all that is in it. `texts` of an element stand before, between and behind its children. */
  root() {
    const top = { children: [], texts: [''] }
    const open = [
      {
        element: top,
        scope: new Map([
          ['', ''],
          ['xml', XML],
        ]),
      },
    ]
    do {
      const { element, scope } = open.at(-1)
      if (open.length > 1) this.characters(element)
      if (this.at >= this.text.length) fail('an element is not closed')
      if (this.text.startsWith('<!--', this.at)) {
        this.comment()
      } else if (this.text.startsWith('</', this.at)) {
        const end = this.match(/<\/([^ \t\r\n>]*)[ \t\r\n]*>/y) ?? fail('a malformed end tag')
        if (end[1] !== element.name) fail('an end tag of another element')
        open.pop()
      } else {
        const inner = this.startTag(scope)
        element.children.push(inner.element)
        element.texts.push('')
        if (!inner.isEmpty) open.push(inner)
      }
    } while (open.length > 1)
    return top.children[0]
  }
}

function lookUp(scope, prefix) {
  return scope.get(prefix) ?? fail(`the prefix ${prefix} is not declared`)
}

/** Attributes with their namespaces; refuses two of one name. */
function expand(attributes, scope) {
  const expanded = attributes.map(([prefix, local, value]) => ({
    namespace: prefix === '' ? '' : lookUp(scope, prefix),
    local,
    value,
  }))
  const names = expanded.map(({ namespace, local }) => `${namespace} ${local}`)
  if (new Set(names).size !== names.length) fail('an attribute twice')
  return expanded
}

/**
 * Reads the text behind the declaration into its root element: {local, namespace, attributes, children,
 * texts}.
 */
export function parseXml(text) {
  const reader = new XmlReader(text.replace(/\r\n?/g, '\n'))
  reader.outside()
  if (!reader.text.startsWith('<', reader.at) || reader.text.startsWith('</', reader.at)) fail('no root')
  const root = reader.root()
  reader.outside()
  if (reader.at !== reader.text.length) fail('something follows the root')
  return root
}
