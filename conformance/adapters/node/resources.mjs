// Resources: a kind and a name, under which values are found.

import { sha256 } from './hash.mjs'
import { checkGroupId } from './names.mjs'
import { integer } from './octets.mjs'
import { refuse } from './refusals.mjs'
import { kindByName, label } from './registry.mjs'

// The kinds that have one resource for all, whose name is empty.
const NAMELESS = new Set(['group-list'])

/** Refuses a name that resources of this kind do not have. */
export function checkResourceName(kind, name) {
  // REQ-VAL-4
  if (!NAMELESS.has(kind)) checkGroupId(name)
  else if (name.length > 0) refuse('bad-group-id', 'name')
}

/** The key (32 octets) of the resource with this kind, given by its name, and this name. */
export function resourceKey(kind, name) {
  checkResourceName(kind, name)
  // REQ-VAL-1
  return sha256(label('resource'), integer(kindByName.get(kind).code, 1), integer(name.length, 1), name)
}
