import { expect, test } from 'vitest'
import { newId } from '../../src/adapters/ids.ts'

test('ids have the length asked for and none comes twice, however many are made', () => {
  for (const length of [1, 7, 8, 16, 64]) expect(newId(length)).toMatch(new RegExp(`^[0-9a-f]{${length}}$`))
  const many = Array.from({ length: 20_000 }, () => newId(16))
  expect(new Set(many).size).toBe(many.length)
})
