// Reads the annotated hexdumps of the specification: octets on the left, what they mean on the right.

import { readdirSync, readFileSync } from 'node:fs'

const FOLDER = new URL('../../../../spec/hexdumps/', import.meta.url)

/** The one dump that is not of a frame. */
const ENVELOPE = 'ENVELOPE.txt'

/** The octets of a dump, and its annotations as [path, text]. */
function readDump(name) {
  const rows = readFileSync(new URL(name, FOLDER), 'utf8')
    .split('\n')
    .filter((line) => /^[0-9a-f]{4} /.test(line))
  const octets = Buffer.from(
    rows.map((row) => row.slice(4).split(';')[0].replaceAll(' ', '')).join(''),
    'hex',
  )
  const notes = rows.filter((row) => row.includes(';')).map((row) => row.split('; ')[1].split(' = '))
  return { octets, notes }
}

/** Every dump of a frame: the name of its frame type, its octets, and its annotations. */
export function readDumps() {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.txt') && name !== ENVELOPE)
    .map((name) => ({ type: name.replace('.txt', ''), ...readDump(name) }))
}

/** The octets of the dump of an envelope. */
export function readEnvelopeDump() {
  return readDump(ENVELOPE).octets
}
