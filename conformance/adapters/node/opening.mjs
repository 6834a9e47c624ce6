// A document's octets up to where a parser may see them: the opening, and the scan for what is forbidden.

import { refuse } from './refusals.mjs'
import { limit } from './registry.mjs'
import { isXmlCharacter } from './xml.mjs'

const HEADER = 'GROUP-MANAGEMENT:'
// The production XMLDecl of XML, with the version 1.0.
const S = '[ \\t\\r\\n]'
const EQUALS = `${S}*=${S}*`
const ENCODING = '[A-Za-z][A-Za-z0-9._-]*'
const DECLARATION = new RegExp(
  `^<\\?xml${S}+version${EQUALS}(?:"1\\.0"|'1\\.0')` +
    `(?:${S}+encoding${EQUALS}(?:"(${ENCODING})"|'(${ENCODING})'))?` +
    `(?:${S}+standalone${EQUALS}(?:"(?:yes|no)"|'(?:yes|no)'))?${S}*\\?>`,
)

/** The text behind the header line. */
function readText(octets) {
  if (octets.length > limit('document')) refuse('document-too-long') // REQ-DOC-2
  const opening = /^GROUP-MANAGEMENT:\r?\n/.exec(octets.toString('latin1', 0, HEADER.length + 2))
  if (!opening) refuse('not-a-group-document') // REQ-DOC-3
  let text
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      octets.subarray(opening[0].length),
    )
  } catch {
    refuse('document-encoding') // REQ-DOC-4
  }
  if (text.includes('\ufeff')) refuse('document-encoding') // REQ-DOC-19
  // REQ-DOC-5
  for (const character of text) if (!isXmlCharacter(character.codePointAt(0))) refuse('document-character')
  if (!/^[ \t\r\n]*</.test(text)) refuse('not-a-group-document') // REQ-DOC-6
  return text
}

/** The text behind the declaration, if it has one. */
function skipDeclaration(text) {
  if (!/^<\?xml[ \t\r\n]/.test(text)) return text
  const declaration = DECLARATION.exec(text)
  if (!declaration) refuse('xml-declaration') // REQ-DOC-7
  const encoding = declaration[1] ?? declaration[2] ?? 'UTF-8'
  if (encoding.toUpperCase() !== 'UTF-8') refuse('document-encoding') // REQ-DOC-8
  return text.slice(declaration[0].length)
}

/**
 * A start tag at `start`: where it ends, its parts without the quoted strings, and how many of these there
 * are.
 */
function cutTag(text, start) {
  const bare = []
  let strings = 0
  let at = start
  for (;;) {
    const stop = /["'>]/g
    stop.lastIndex = at
    const found = stop.exec(text)
    if (!found) return { end: text.length, bare: [...bare, text.slice(at)], strings }
    if (found[0] === '>')
      return { end: stop.lastIndex, bare: [...bare, text.slice(at, stop.lastIndex)], strings }
    bare.push(text.slice(at, found.index))
    strings += 1
    const close = text.indexOf(found[0], stop.lastIndex)
    at = close < 0 ? text.length : close + 1
  }
}

function isForbiddenName(part) {
  return (
    /[^\0-~]/.test(part) || part.split(/[ \t\r\n=/<>]/).some((name) => name.length > limit('document-name'))
  )
}

/** Goes over the text once and refuses forbidden markup, whether the rest is well-formed or not. */
function scan(text) {
  let elements = 0
  let open = 0
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    const here = (start) => text.startsWith(start, at)
    if (here('<!--')) {
      if (open >= 2) refuse('misplaced-comment') // REQ-DOC-12
      const end = text.indexOf('-->', at + 4)
      at = end < 0 ? text.length : end + 3
    } else if (here('<!')) {
      refuse(here('<![CDATA[') ? 'cdata-section' : 'dtd-forbidden') // REQ-DOC-11, REQ-DOC-9
    } else if (here('<?')) {
      // REQ-DOC-63, REQ-DOC-10
      refuse(/^<\?xml[ \t\r\n]/.test(text.slice(at, at + 6)) ? 'xml-declaration' : 'processing-instruction')
    } else if (here('</')) {
      const end = text.indexOf('>', at)
      at = end < 0 ? text.length : end + 1
      open = Math.max(open - 1, 0)
    } else {
      const tag = cutTag(text, at)
      elements += 1
      checkTag(tag, elements, open)
      if (!text.slice(at, tag.end).endsWith('/>')) open += 1
      at = tag.end
    }
  }
}

function checkTag({ bare, strings }, elements, open) {
  if (elements > limit('document-elements')) refuse('too-many-elements') // REQ-DOC-13
  if (open >= limit('document-depth')) refuse('document-too-deep') // REQ-DOC-14
  if (bare.some(isForbiddenName)) refuse('forbidden-name') // REQ-DOC-15
  if (strings > limit('document-attributes')) refuse('too-many-attributes') // REQ-DOC-16
}

/**
 * The part of a document that is left for a parser: its text behind the declaration, free of what is
 * forbidden.
 */
export function openDocument(octets) {
  const text = skipDeclaration(readText(octets))
  scan(text)
  return text
}
