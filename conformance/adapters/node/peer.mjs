#!/usr/bin/env node
// A peer of tier 0 behind the test interface: one JSON line in, one JSON line out, until the input ends or
// `stop`.

import { act } from './actions.mjs'
import { formatJson, JsonError, parseJson } from './json.mjs'
import { Refusal, UsageError } from './refusals.mjs'
import { limit, meta, suiteByCode } from './registry.mjs'

const NEWLINE = 10

const HELLO = {
  name: 'coterie-node',
  version: '0.1.0',
  interface: meta.interface,
  revision: meta.revision,
  classes: ['documents', 'overlay', 'member'],
  tiers: [0],
  suites: [...suiteByCode.keys()],
  determinism: 'D3',
}

const BOUND = { effects: [], wake: null } // nothing here has effects or deadlines

const ok = (seq, result) => ({ seq, status: 'ok', result, ...BOUND })
const unsupported = (seq, why) => ({ seq, status: 'unsupported', why })
const usage = (seq, detail) => ({ seq, status: 'error', reason: 'usage', phase: 'usage', detail, ...BOUND })

function failure(seq, problem) {
  if (problem instanceof Refusal) {
    return {
      seq,
      status: 'error',
      reason: problem.reason,
      phase: problem.phase,
      field: problem.field,
      ...BOUND,
    }
  }
  if (problem instanceof UsageError) return usage(seq, problem.message)
  throw problem
}

const isSequence = (value) =>
  (Number.isInteger(value) || typeof value === 'bigint') && value >= 0 && value < 2n ** 63n
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value)

function answerAction(seq, command) {
  // An overlay makes it an action of tier 1; `export` is the name of one in either tier.
  if (command.overlay !== undefined && command.overlay !== null)
    return unsupported(seq, 'this peer is of tier 0 and has no overlays')
  if (typeof command.action !== 'string') return usage(seq, 'do needs an action, which is text')
  if (command.args !== undefined && !isObject(command.args)) return usage(seq, 'args must be an object')
  try {
    const result = act(command.action, command.args ?? {})
    // REQ-TST-3
    return result === undefined
      ? unsupported(seq, `the action ${command.action} is not one of tier 0`)
      : ok(seq, result)
  } catch (problem) {
    return failure(seq, problem)
  }
}

/** The answer to one command. */
function answer(command) {
  if (!isObject(command) || !isSequence(command.seq))
    return usage(0, 'a command is an object with seq, an integer from 0 to 2^63 - 1')
  const { seq, cmd } = command
  if (typeof cmd !== 'string') return usage(seq, 'a command names itself in cmd')
  if (cmd === 'hello') return ok(seq, HELLO)
  if (cmd === 'stop') return ok(seq, undefined)
  if (cmd === 'do') return answerAction(seq, command)
  return unsupported(seq, `this peer is of tier 0 and has no ${cmd}`)
}

/** The answer to one line; `command` is null where it was none. */
function answerLine(line) {
  if (line === null) return [usage(0, `a line has at most ${limit('interface-line')} octets`), null]
  try {
    const command = parseJson(line)
    return [answer(command), command]
  } catch (problem) {
    if (problem instanceof JsonError) return [usage(0, `not strict JSON: ${problem.message}`), null]
    throw problem
  }
}

/** Cuts the input into lines; a line beyond the limit is dropped while it arrives and given as null. */
async function* readLines(input) {
  let parts = []
  let size = 0
  const take = (piece) => {
    size += piece.length
    if (size <= limit('interface-line')) parts.push(piece)
    else parts = []
  }
  for await (const chunk of input) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      take(chunk.subarray(start, end))
      yield size > limit('interface-line') ? null : Buffer.concat(parts)
      start = end + 1
      parts = []
      size = 0
    }
    take(chunk.subarray(start))
  }
  if (size > 0) yield size > limit('interface-line') ? null : Buffer.concat(parts)
}

function write(text) {
  return new Promise((resolve) => process.stdout.write(text, resolve))
}

async function main() {
  process.stdout.on('error', () => process.exit(0)) // nobody listens any more
  for await (const line of readLines(process.stdin)) {
    const [reply, command] = answerLine(line)
    let text = formatJson(reply)
    if (Buffer.byteLength(text) > limit('interface-line'))
      text = formatJson(usage(reply.seq, 'the answer would exceed one line; ask for less'))
    await write(`${text}\n`)
    if (command?.cmd === 'stop' && reply.status === 'ok') break
  }
  process.stdin.destroy()
}

await main()
