/** The options of a definition are the rows of the table, in its order and its words. */
import { Command, type Option } from 'commander'
import { expect, test } from 'vitest'
import { addDefinitionOptions } from '../../../src/cli/input/definition-options.ts'
import { fields } from '../../../src/protocol/fields.ts'

test('options of start, run and set are the table', () => {
  const heading = (option: Option): unknown => (option as Option & { helpGroupHeading?: string }).helpGroupHeading
  const options = addDefinitionOptions(new Command()).options
  const rows = Object.values(fields()).filter(({ flag }) => flag !== undefined)
  const shown = options
    .filter(({ long }) => long !== '--no-retry-jitter' && long !== '--no-preload')
    .map((option) => ({ flag: option.flags, group: heading(option), about: option.description }))
  expect(shown).toEqual(rows.map(({ flag, group, about }) => ({ flag, group, about })))
})
