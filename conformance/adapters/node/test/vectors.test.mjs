import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { test } from 'node:test'

import { act } from '../actions.mjs'
import { formatJson, parseJson } from '../json.mjs'
import { Refusal, UsageError } from '../refusals.mjs'

const FOLDER = new URL('../../../../vectors/', import.meta.url)
const MOST_SHOWN = 20

/**
 * Every file of vectors. A file with a list of vectors and their operations is one; others (captures,
 * schemas) are not.
 */
function readFiles() {
  const names = readdirSync(FOLDER, { recursive: true })
    .filter((name) => name.endsWith('.json'))
    .sort()
  return names
    .map((name) => [name, parseJson(readFileSync(new URL(name, FOLDER)))])
    .filter(([, file]) => Array.isArray(file.vectors))
}

/** What the peer makes of a vector, in the form in which the vector states it. */
function outcomeOf(vector) {
  try {
    const result = act(vector.operation, vector.input)
    return result === undefined
      ? { result: 'unsupported' }
      : { result: 'valid', expected: parseJson(Buffer.from(formatJson(result))) }
  } catch (problem) {
    if (problem instanceof Refusal) return { result: 'invalid', reason: problem.reason, phase: problem.phase }
    if (problem instanceof UsageError)
      return { result: 'invalid', reason: 'usage', phase: 'usage', detail: problem.message }
    throw problem
  }
}

function agrees(vector, outcome) {
  if (vector.result !== outcome.result) return false
  if (vector.result === 'valid') return isDeepStrictEqual(vector.expected, outcome.expected)
  return vector.reason === outcome.reason && vector.phase === outcome.phase
}

for (const [name, { vectors }] of readFiles()) {
  test(`a vector of ${name} has another outcome here`, () => {
    const lines = []
    for (const vector of vectors) {
      const outcome = outcomeOf(vector)
      const { result, reason, phase, expected } = vector
      if (!agrees(vector, outcome))
        lines.push(
          `${vector.id}: vector ${formatJson({ result, reason, phase, expected })}, here ${formatJson(outcome)}`,
        )
    }
    assert.equal(
      lines.length,
      0,
      [
        `${lines.length} of ${vectors.length} differ`,
        ...lines.slice(0, MOST_SHOWN).map((line) => line.slice(0, 600)),
      ].join('\n'),
    )
  })
}
