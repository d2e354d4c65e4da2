/** Options that say how another supervisor's file is meant. They are kept with what the file brought, so that a second `up` changes nothing. */
import { FILE_CHOICES, type FileChoices, type Label } from '../../../files/plan.ts'
import { FILE_KEY } from '../../../protocol/file-key.ts'
import type { Context } from '../../context.ts'
import { beforeAll } from './before-all.ts'

/** Given on the command line; an empty one forgets what was given before. */
export function choicesGiven(options: FileChoices): FileChoices {
  return Object.fromEntries(
    FILE_CHOICES.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  ) as FileChoices
}

/** Those of the last `up` of this file, under those that are given now. */
export async function remembered(context: Context, file: string, given: FileChoices): Promise<FileChoices> {
  const views = await beforeAll(context.request('list', { all: true }))
  const label = views
    .map(({ metadata }) => metadata[FILE_KEY] as Partial<Label> | undefined)
    .find((each) => each?.file === file && each.choices !== undefined)
  const merged = { ...label?.choices, ...given }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== '')) as FileChoices
}

/** ` --formation web=2`; empty without any. */
export const inWords = (choices: FileChoices): string =>
  FILE_CHOICES.flatMap((name) => (choices[name] === undefined ? [] : [` --${name} ${choices[name]}`])).join('')
