// A strict reader of the part of TOML that the registry and the field tables use: tables, arrays of tables,
// strings,
// integers (decimal and hexadecimal), booleans and arrays. Anything else is an error with its line number.

class TomlError extends Error {}

class TomlReader {
  constructor(text) {
    this.text = text
    this.at = 0
  }

  fail(what) {
    const line = this.text.slice(0, this.at).split('\n').length
    throw new TomlError(`line ${line}: ${what}`)
  }

  /** Skips blanks and comments; line breaks too where `lines` is true. */
  skip(lines) {
    const pattern = lines ? /(?:[ \t\r\n]|#[^\n]*)*/y : /(?:[ \t]|#[^\n]*)*/y
    pattern.lastIndex = this.at
    pattern.exec(this.text)
    this.at = pattern.lastIndex
  }

  /** Takes what `pattern` (sticky) matches here, or returns null. */
  match(pattern) {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (found) this.at = pattern.lastIndex
    return found
  }

  string() {
    const found = this.match(/"((?:[^"\\\n]|\\["\\ntr])*)"/y) ?? this.fail('malformed string')
    const escapes = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' }
    return found[1].replace(/\\(.)/g, (_, letter) => escapes[letter])
  }

  array() {
    const items = []
    this.at += 1
    for (;;) {
      this.skip(true)
      if (this.match(/\]/y)) return items
      items.push(this.value())
      this.skip(true)
      if (this.match(/,/y)) continue
      if (this.match(/\]/y)) return items
      this.fail('expected , or ] in an array')
    }
  }

  value() {
    const head = this.text[this.at]
    if (head === '"') return this.string()
    if (head === '[') return this.array()
    const word = this.match(/true|false/y)
    if (word) return word[0] === 'true'
    const number =
      this.match(/0x[0-9A-Fa-f]+|-?(?:0|[1-9][0-9]*)(?![0-9._eE])/y) ?? this.fail('unknown value')
    return Number(number[0])
  }

  endOfLine() {
    this.skip(false)
    if (this.at < this.text.length && !this.match(/\r?\n/y)) this.fail('something follows on the line')
  }
}

/**
 * The table at `path` under `root`, made where it is missing; the last of an array of tables stands for the
 * array.
 */
function tableAt(root, path) {
  let table = root
  for (const name of path) {
    table[name] ??= {}
    table = Array.isArray(table[name]) ? table[name].at(-1) : table[name]
  }
  return table
}

/** Reads TOML text into plain objects. Throws TomlError with a line number. */
export function parseToml(text) {
  const reader = new TomlReader(text)
  const root = {}
  let current = root
  for (;;) {
    reader.skip(true)
    if (reader.at >= text.length) return root
    const header = reader.match(/(\[\[?)([A-Za-z0-9_.-]+)(\]\]?)/y)
    if (header) {
      if (header[1].length !== header[3].length) reader.fail('unbalanced brackets')
      const path = header[2].split('.')
      const last = path.pop()
      const parent = tableAt(root, path)
      if (header[1] === '[[') {
        parent[last] ??= []
        parent[last].push((current = {}))
      } else {
        current = tableAt(parent, [last])
      }
    } else {
      const key = reader.match(/([A-Za-z0-9_-]+)[ \t]*=[ \t]*/y) ?? reader.fail('expected a key')
      if (Object.hasOwn(current, key[1])) reader.fail(`${key[1]} stands twice`)
      current[key[1]] = reader.value()
    }
    reader.endOfLine()
  }
}
