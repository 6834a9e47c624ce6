// Code points, reasons, limits and field tables, read from the specification's own tables so that nothing is
// copied.

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { parseToml } from './toml.mjs'

/** The folder with registry.toml and frames.toml: COTERIE_SPEC, or the nearest `spec` above this file. */
function specFolder() {
  const named = process.env.COTERIE_SPEC
  if (named) return named
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'spec')
    if (existsSync(join(candidate, 'registry.toml'))) return candidate
    if (folder === dirname(folder)) break
  }
  process.stderr.write(
    'The tables registry.toml and frames.toml were not found: set COTERIE_SPEC to the folder that has them.\n',
  )
  process.exit(5)
}

function load(folder, name) {
  try {
    return parseToml(readFileSync(join(folder, name), 'utf8'))
  } catch (problem) {
    process.stderr.write(
      `${name} cannot be read (${problem.message}); set COTERIE_SPEC to a folder with a whole one.\n`,
    )
    process.exit(5)
  }
}

const folder = specFolder()
const registry = load(folder, 'registry.toml')

/** Field tables: header, prefix, body, row (frames.toml). */
export const tables = load(folder, 'frames.toml')

const byName = (rows) => new Map(rows.map((row) => [row.name, row]))
const byCode = (rows) => new Map(rows.map((row) => [row.code, row]))

export const meta = registry.meta
export const header = registry.header
export const frameByCode = byCode(registry.frame)
export const frameByName = byName(registry.frame)
export const protectionByName = byName(registry.protection)
export const extensionByCode = byCode(registry.extension)
export const suiteByCode = byCode(registry.suite)
export const payloadKindByCode = byCode(registry['payload-kind'])
export const kindByCode = byCode(registry.kind)
export const kindByName = byName(registry.kind)

const limits = byName(registry.limit)
const timers = byName(registry.timer)
const reasons = byName(registry.reason)
const labels = byName(registry.label)

/** The value of a limit by its name. */
export function limit(name) {
  if (!limits.has(name)) throw new Error(`the registry has no limit ${name}`)
  return limits.get(name).value
}

/** The value of a timer by its name, in milliseconds. */
export function timer(name) {
  if (!timers.has(name)) throw new Error(`the registry has no timer ${name}`)
  return timers.get(name).value
}

/** The phase in which a reason is given. */
export function phaseOf(reason) {
  if (!reasons.has(reason)) throw new Error(`the registry has no reason ${reason}`)
  return reasons.get(reason).phase
}

/** LABEL(name): the octets "coterie/1 ", the name, a zero octet. */
export function label(name) {
  if (!labels.has(name)) throw new Error(`the registry has no label ${name}`)
  return Buffer.from(`coterie/1 ${name}\0`, 'ascii')
}
