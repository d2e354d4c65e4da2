/** How the outputs in documents are compared: what chance decides is left out, and nothing else. */
import { expect, test } from 'vitest'
import { blocksOf, sameOutput } from '../support/document.ts'

test.each([
  ['pid 4711, 12 ms, at 10:02:03', 'pid 18, 1.5s, at 23:59:59', true],
  ['started (pid 4711)', 'started (pid 20331)', true],
  ['at 2026-11-23T06:36:38.596Z took 12ms', 'at 2027-01-01T00:00:00.000Z took 3s', true],
  ['id 7200e6619c99, 21 MB', 'id f6a9f292bdb0, 1.2 GB', true],
  ['exit code 3', 'exit code 4', false],
  ['name    status\nweb     running', 'name  status\nweb   running', true],
  ['...\nweb running', 'api running\nweb running', true],
  ['...\nweb running', 'web running', true],
  ['web running\n...', 'web running\nand more', true],
  ['...\nweb running', 'web running\nand more', false],
  ['web running', 'web stopped', false],
  ['in PATH (...); install it', 'in PATH (/usr/bin:/bin); install it', true],
  ['in PATH (...); install it', 'in PATH (/usr/bin)\ninstall it', false],
])('%s and %s', (said, printed, same) => {
  expect(sameOutput(said, printed)).toBe(same)
})

test('a block has the output that follows it, and no other', () => {
  const page =
    '```sh\na\n```\n\n```text\nout of a\n```\n\n```sh\nb\n```\n\nText.\n\n```text\nno output\n```\n\n```console\n$ c\n```\n\n```sh\nd\n```\n'
  expect(blocksOf(page)).toEqual([
    { fence: 'sh', script: 'a\n', says: 'out of a\n' },
    { fence: 'sh', script: 'b\n', says: null },
    { fence: 'console', script: '$ c\n', says: null },
    { fence: 'sh', script: 'd\n', says: null },
  ])
})
