/** The daemon's part of a job's input: creates the FIFOs before the recorder begins, removes them after the run. */
import { existsSync, rmSync } from 'node:fs'
import { inputFilesOf, sayEnd } from '../protocol/input-files.ts'
import { makeFifos } from './fifo.ts'
import { removeTyped } from './terminal.ts'

export function prepareInput(recordFile: string): void {
  removeInput(recordFile)
  const { coming, end } = inputFilesOf(recordFile)
  makeFifos([coming, end])
}

export function inputOpen(recordFile: string): boolean {
  const { data, coming } = inputFilesOf(recordFile)
  return existsSync(data) || existsSync(coming)
}

export const endInput = (recordFile: string): void => sayEnd(inputFilesOf(recordFile))

/** After the run. If its recorder was killed, this releases what holds the input open. */
export function removeInput(recordFile: string): void {
  const files = inputFilesOf(recordFile)
  sayEnd(files)
  for (const file of Object.values(files)) rmSync(file, { force: true })
  removeTyped(recordFile)
}
