/** The logs of a process whose name is given to another one: whole, under its id, and never mixed with the other's. */
import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { formerName } from '../../../src/adapters/logs/names.ts'
import { discard, type Kept, keeperIn, numbered, scratch, until, write } from '../support/logs.ts'

const bounds = { maxBytes: 65_536, keep: 5 }
const ID = 'a1b2c3d4e5f6'
let dir: string
let kept: Kept
beforeEach(() => {
  dir = scratch()
  kept = keeperIn(dir)
})
afterEach(async () => {
  await kept.keeper.close()
  discard(dir)
})

const again = async (): Promise<void> => {
  await kept.keeper.close()
  kept = keeperIn(dir)
  await kept.keeper.recover()
}

async function texts(name: string): Promise<string[]> {
  const page = await kept.keeper.read({ names: [name], stream: 'both', tail: 10_000 })
  return page.lines.map(({ text }) => text)
}

/** A process that wrote, and was deleted. */
function life(name: string, id: string, out: string): void {
  kept.keeper.beginRun(name, 1, bounds)
  write(dir, name, out)
  write(dir, name, `err of ${id}\n`, 'err')
  kept.keeper.endRun(name)
  kept.keeper.disown(name, id)
}

test('they are read by the name until another process has it, then by the id', async () => {
  life('api', ID, 'old\n')
  expect(kept.keeper.keptAs('api')).toBe('api')
  expect(kept.keeper.keptAs(ID)).toBe('api')
  await kept.keeper.setAside('api')
  expect(kept.keeper.keptAs('api')).toBeNull()
  expect(kept.keeper.keptAs(ID)).toBe(formerName('api', ID))
  kept.keeper.beginRun('api', 1, bounds)
  write(dir, 'api', 'new\n')
  expect(await texts('api')).toEqual(['new'])
  expect(await texts(formerName('api', ID))).toEqual(['old', `err of ${ID}`])
  await again()
  expect(await texts('api')).toEqual(['new'])
  expect(await texts(kept.keeper.keptAs(ID)!)).toEqual(['old', `err of ${ID}`])
  expect(kept.keeper.keptAs('000000000000')).toBeNull()
})

test('an id of digits alone is one too', async () => {
  life('api', '788438858372', 'old\n')
  await kept.keeper.setAside('api')
  expect(await texts(kept.keeper.keptAs('788438858372')!)).toEqual(['old', 'err of 788438858372'])
})

test('archives, offsets and times move along, and what follows the name goes on with the new process', async () => {
  kept.keeper.beginRun('api', 1, bounds)
  write(dir, 'api', numbered(0, 3000))
  kept.keeper.endOf('api', 'out')
  const packed = (files: string[]): boolean =>
    files.some((file) => file.endsWith('.out.log.1.gz')) && !files.some((file) => file.endsWith('.tmp'))
  await until('it is rotated and packed', () => packed(readdirSync(dir)))
  write(dir, 'api', numbered(3000, 3010))
  const followed: string[] = []
  const { cursor } = await kept.keeper.read({ names: ['api'], stream: 'out', tail: 0 })
  const follower = kept.keeper.follow(cursor, ({ lines }) => followed.push(...lines.map(({ text }) => text)))
  kept.keeper.endRun('api')
  kept.keeper.disown('api', ID)
  await kept.keeper.setAside('api')
  expect(readdirSync(dir).filter((file) => file.startsWith('api.'))).toEqual([])
  kept.keeper.beginRun('api', 1, bounds)
  write(dir, 'api', 'new\n')
  await until('the follower has the new line', () => followed.includes('new'))
  expect(followed).toEqual(['new'])
  follower.close()
  const lines = await texts(formerName('api', ID))
  expect(lines.map((line) => Number(line.split(' ')[0]))).toEqual(Array.from({ length: 3010 }, (_, n) => n))
})

test('a process that is there keeps its logs, and a name without any costs nothing', async () => {
  kept.keeper.beginRun('api', 1, bounds)
  write(dir, 'api', 'mine\n')
  await kept.keeper.setAside('api')
  await kept.keeper.setAside('never-was')
  expect(await texts('api')).toEqual(['mine'])
  expect(readdirSync(dir).filter((file) => file.includes('~'))).toEqual([])
})

test('of logs that nobody noted the owner of, the content is kept all the same', async () => {
  write(dir, 'api', 'of an earlier version\n')
  await again()
  await kept.keeper.setAside('api')
  const former = readdirSync(dir)
    .find((file) => file.endsWith('.out.log'))!
    .slice(0, -'.out.log'.length)
  expect(former).toMatch(/^api~[0-9a-f]{12}$/)
  expect(await texts(former)).toEqual(['of an earlier version'])
  expect(kept.log.told.join('\n')).toContain(`info logs logs of an earlier api are kept as ${former}`)
})

describe('killed between any two steps', () => {
  const steps = ['move marked', 'moved 1', 'moved 2', 'moved 3', 'move done']
  test.each(steps)('after "%s" the next daemon finds them whole under the id', async (last) => {
    let moved = 0
    await kept.keeper.close()
    kept = keeperIn(dir, {
      onStep: (step) => {
        if ((step === 'moved' ? `moved ${++moved}` : step) === last) throw new Error('killed')
      },
    })
    life('api', ID, 'old\n')
    await expect(kept.keeper.setAside('api')).rejects.toThrow('killed')
    await again()
    expect(await texts(kept.keeper.keptAs(ID)!)).toEqual(['old', `err of ${ID}`])
    await kept.keeper.setAside('api')
    kept.keeper.beginRun('api', 1, bounds)
    write(dir, 'api', 'new\n')
    expect(await texts('api')).toEqual(['new'])
    expect(readdirSync(dir).filter((file) => file.endsWith('.moving'))).toEqual([])
  })
})
