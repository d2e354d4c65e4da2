/** Files of sizes that nobody writes by hand: read, or refused, in time that grows with their size. */
import { expect, test } from 'vitest'
import { readImport } from '../../src/files/import/read-import.ts'
import { readPtrackYaml } from '../../src/files/yaml/read.ts'
import { PtrackError } from '../../src/protocol/errors.ts'

test('a file that is no ptrack.yaml is refused soon and in few words', () => {
  const problems = (text: string): { message: string }[] => {
    try {
      readPtrackYaml('/a/ptrack.yaml', { env: {}, readText: () => text, readEnvFile: () => ({}) })
    } catch (error) {
      if (error instanceof PtrackError) return error.details!.problems as { message: string }[]
      throw error
    }
    return []
  }
  const many = problems('}: [\n'.repeat(10_000))
  expect(many.length).toBeGreaterThan(0)
  expect(many.length).toBeLessThanOrEqual(10)
  for (const { message } of problems(`a\n${'b'.repeat(5000)} c\n: x`)) expect(message.length).toBeLessThan(300)
  expect(problems(' '.repeat(5_000_000))).toMatchObject([{ message: 'it is larger than 4 MB' }])
  // Looking each key up among all before it took 20 s.
  const processes = Array.from({ length: 60_000 }, (_, index) => `  p${index}: { command: x }\n`).join('')
  expect(problems(`processes:\n${processes}`)).toMatchObject([{ message: expect.stringContaining('more than 100000 values') }])
})

test('a Procfile of many thousand lines is read soon', async () => {
  const many = Array.from({ length: 20_000 }, (_, index) => `p${index}: run\n`).join('')
  const file = await readImport(
    '/app/Procfile',
    { format: null, like: 'foreman', formation: null, envName: null },
    {
      env: {},
      cwd: '/app',
      cpus: 1,
      hostname: 'box',
      readText: (path) => (path === '/app/Procfile' ? many : null),
      isFile: (path) => path === '/app/Procfile',
      whyNoLog: () => null,
      inPath: () => null,
      isBinary: () => false,
      glob: () => [],
      readEnvFile: () => ({}),
    },
  )
  expect(file.processes).toHaveLength(20_000)
})
