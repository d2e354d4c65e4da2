import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { createClock } from '../../src/adapters/clock.ts'

const clock = createClock()

test('monotonic time is the same clock in every process', () => {
  const before = clock.mono()
  const there = Number(
    execFileSync(process.execPath, ['-p', 'process.hrtime.bigint() / 1000000n'], { encoding: 'utf8' }).replace('n', ''),
  )
  expect(there).toBeGreaterThanOrEqual(Math.floor(before))
  expect(there).toBeLessThanOrEqual(clock.mono())
})

test('wakes once, and never before its time', async () => {
  const dueAt = clock.mono() + 20
  const wokenAt = await new Promise<number>((resolve) => clock.wakeAfter(20, () => resolve(clock.mono())))
  expect(wokenAt).toBeGreaterThanOrEqual(dueAt)
})

test('a cancelled wake-up does not come', async () => {
  const callback = vi.fn()
  const cancel = clock.wakeAfter(1, callback)
  cancel()
  await new Promise<void>((resolve) => clock.wakeAfter(10, resolve))
  expect(callback).not.toHaveBeenCalled()
})

test('waits longer than a timer of Node can', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime'] })
  try {
    const days = 24 * 3600 * 1000
    const callback = vi.fn()
    clock.wakeAfter(60 * days, callback)
    vi.advanceTimersByTime(59 * days)
    expect(callback).not.toHaveBeenCalled()
    vi.advanceTimersByTime(days + 1)
    expect(callback).toHaveBeenCalledOnce()
  } finally {
    vi.useRealTimers()
  }
})

test('a wait under way does not keep the program alive', () => {
  const script = `import { createClock } from ${JSON.stringify(fileURLToPath(new URL('../../src/adapters/clock.ts', import.meta.url)))};`
  // Node 20 reads no TypeScript: the module is handed over as JavaScript by the bundler.
  const js = execFileSync('npx', ['esbuild', '--bundle', '--platform=node', '--format=esm', '--loader=ts'], {
    input: `${script} createClock().wakeAfter(3_600_000, () => {}); console.log('end')`,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  expect(execFileSync(process.execPath, ['--input-type=module', '-'], { input: js, encoding: 'utf8', timeout: 30_000 })).toBe(
    'end\n',
  )
})
