/** What a crash at a chosen moment leaves in process-state.json, written by hand while no daemon runs. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessRecord } from '../../src/core/world.ts'
import type { Settings } from '../../src/protocol/settings.ts'

export interface SavedState {
  version: number
  bootId: string
  settings: Settings
  processes: Record<string, ProcessRecord>
}

export const stateFile = (home: string): string => join(home, 'process-state.json')
export const readSaved = (home: string): SavedState => JSON.parse(readFileSync(stateFile(home), 'utf8')) as SavedState

export const savedOf = (state: SavedState, name: string): ProcessRecord => {
  const record = Object.values(state.processes).find((each) => each.definition.name === name)
  if (!record) throw new Error(`the saved state knows no ${name}`)
  return record
}

export function editSaved(home: string, edit: (state: SavedState) => void): void {
  const state = readSaved(home)
  edit(state)
  writeFileSync(stateFile(home), JSON.stringify(state), { mode: 0o600 })
}
