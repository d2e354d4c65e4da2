import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findCommand } from '../../../src/cli/input/interpreter.ts'

test('a directory of PATH that cannot be looked at is passed over', () => {
  const dir = mkdtempSync(join(tmpdir(), 'ptrack-path-'))
  try {
    // As root too, unlike one without the right to enter it.
    symlinkSync('loop', join(dir, 'loop'))
    writeFileSync(join(dir, 'tool'), '', { mode: 0o755 })
    expect(findCommand('tool', { PATH: `${join(dir, 'loop')}:${join(dir, 'none')}:${dir}` }, '/')).toBe(join(dir, 'tool'))
  } finally {
    rmSync(dir, { recursive: true })
  }
})
