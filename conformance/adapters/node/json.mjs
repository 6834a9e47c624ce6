// Strict JSON: UTF-8, no duplicate keys, integers only (BigInt above 2^53), bounded depth. And the writer
// that answers in kind.

const DEPTH = 32 // frames nest five deep inside a command; the rest is room

export class JsonError extends Error {}

class Reader {
  constructor(text) {
    this.text = text
    this.at = 0
  }

  fail(what) {
    throw new JsonError(`${what} at character ${this.at + 1}`)
  }

  blanks() {
    while (' \t\r\n'.includes(this.text[this.at] ?? 'x')) this.at += 1
  }

  expect(sign) {
    this.blanks()
    if (this.text[this.at] !== sign) this.fail(`expected ${sign}`)
    this.at += 1
  }

  peek() {
    this.blanks()
    return this.text[this.at]
  }

  match(pattern) {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (found) this.at = pattern.lastIndex
    return found
  }

  string() {
    this.blanks()
    // The pattern names the control characters because JSON forbids them bare.
    const found =
      this.match(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y) ??
      this.fail('malformed string')
    const value = JSON.parse(found[0])
    if (/\p{Surrogate}/u.test(value)) this.fail('a lone surrogate')
    return value
  }

  number() {
    const found =
      this.match(/-?(?:0|[1-9][0-9]{0,39})(?![0-9.eE])/y) ?? this.fail('not an integer of at most 40 digits')
    const value = Number(found[0])
    return Number.isSafeInteger(value) ? value + 0 : BigInt(found[0])
  }

  array(depth) {
    const items = []
    this.expect('[')
    if (this.peek() !== ']') {
      do items.push(this.value(depth))
      while (this.separator(']'))
    }
    this.expect(']')
    return items
  }

  object(depth) {
    const members = Object.create(null)
    this.expect('{')
    if (this.peek() !== '}') {
      do {
        const key = this.string()
        if (key in members) this.fail(`the key ${key} stands twice`)
        this.expect(':')
        members[key] = this.value(depth)
      } while (this.separator('}'))
    }
    this.expect('}')
    return members
  }

  separator(end) {
    const sign = this.peek()
    if (sign === end) return false
    this.expect(',')
    return true
  }

  value(depth) {
    if (depth === 0) this.fail('nested too deeply')
    const sign = this.peek()
    if (sign === '{') return this.object(depth - 1)
    if (sign === '[') return this.array(depth - 1)
    if (sign === '"') return this.string()
    const word = this.match(/true|false|null/y)
    if (word) return JSON.parse(word[0])
    return this.number()
  }
}

/** Reads one JSON value from octets. Objects come without a prototype. Throws JsonError. */
export function parseJson(octets) {
  let text
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets)
  } catch {
    throw new JsonError('not UTF-8')
  }
  const reader = new Reader(text)
  const value = reader.value(DEPTH)
  reader.blanks()
  if (reader.at !== text.length) reader.fail('something follows the value')
  return value
}

/** Writes a value: octets as lower-case hexadecimal, BigInt as a plain integer. */
export function formatJson(value) {
  if (typeof value === 'bigint') return value.toString()
  if (Buffer.isBuffer(value)) return `"${value.toString('hex')}"`
  if (Array.isArray(value)) return `[${value.map(formatJson).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value).filter(([, member]) => member !== undefined)
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${formatJson(member)}`).join(',')}}`
  }
  return JSON.stringify(value)
}
