/** The log of a process in the page: a hundred thousand lines, wrapped, searched and followed. */
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { go, live, useBrowser } from '../support/browser.ts'

const { home, open } = useBrowser()

interface Box {
  top: number
  bottom: number
  left: number
  right: number
  text: string
}
/** What is drawn of the log, and the box that it scrolls in. */
const drawn = (page: Page): Promise<{ box: Box; scrollWidth: number; clientWidth: number; lines: Box[] }> =>
  page.locator('.log').evaluate((log) => {
    type Element = {
      getBoundingClientRect(): Box
      textContent: string
      scrollWidth: number
      clientWidth: number
      querySelectorAll(selector: string): Iterable<Element>
    }
    const measure = (element: Element): Box => {
      const { top, bottom, left, right } = element.getBoundingClientRect()
      return { top, bottom, left, right, text: element.textContent }
    }
    const root = log as unknown as Element
    return {
      box: { ...measure(root), text: '' },
      scrollWidth: root.scrollWidth,
      clientWidth: root.clientWidth,
      lines: [...root.querySelectorAll('.line .text')].map(measure),
    }
  })

/** Each line ends where the next begins, and none goes beyond the edge. */
async function expectWrapped(page: Page): Promise<void> {
  const { lines, scrollWidth, clientWidth } = await drawn(page)
  expect(scrollWidth).toBe(clientWidth)
  expect(lines.length).toBeGreaterThan(3)
  for (let i = 1; i < lines.length; i++) expect(lines[i]!.top).toBeCloseTo(lines[i - 1]!.bottom, 0)
}

/** A log with short lines, long ones, colours, tabs, wide characters; `needle-N` in every thousandth. */
const mixed = (count: number): string =>
  Array.from({ length: count }, (_, i) => {
    const kind = i % 10
    const words =
      kind === 3
        ? `${'long '.repeat(80)}end`
        : kind === 5
          ? '日本語のログ🙂 '.repeat(20)
          : kind === 7
            ? `a\tb\t${'c\t'.repeat(30)}`
            : 'short'
    return `${i + 1} \x1b[3${i % 8}m${words}\x1b[0m${i % 1000 === 500 ? ` needle-${i + 1}` : ''}\n`
  }).join('')

live(
  'a hundred thousand lines wrap, are searched and shown where they are, and only those in sight are drawn',
  { timeout: 240_000 },
  async () => {
    const t = await home()
    writeFileSync(join(t.dir, 'mixed'), mixed(100_000))
    await t.here.ok(['run', '--name', 'mixed', '--', 'cat', join(t.dir, 'mixed')])
    const page = await open()
    await go(page, '#/process/mixed/log')
    // The newest alone at first; the rest comes when it is scrolled to, or searched.
    await page.getByText('1,000 lines').waitFor()
    await page.locator('.text', { hasText: /^100000 / }).waitFor()
    await expectWrapped(page)
    expect(await page.locator('.line').count()).toBeLessThan(120)
    const { box, lines } = await drawn(page)
    expect(lines.at(-1)!.text).toMatch(/^100000 /)
    expect(lines.at(-1)!.bottom).toBeLessThanOrEqual(box.bottom + 1)

    const field = page.getByLabel('Search the log')
    await field.fill('needle-')
    await page.getByText('100,000 lines').waitFor({ timeout: 150_000 })
    await page.getByText('of 100 hits').waitFor()
    for (const number of [99_501, 501, 1501]) {
      if (number === 501) await field.press('Enter')
      if (number === 1501) await page.getByRole('button', { name: 'Next hit' }).click()
      const hit = page.locator('.line.current', { hasText: `needle-${number}` })
      await hit.locator('mark').waitFor()
      const now = await drawn(page)
      const at = now.lines.find(({ text }) => text.startsWith(`${number} `))!
      expect(at.top).toBeGreaterThanOrEqual(now.box.top - 1)
      expect(at.bottom).toBeLessThanOrEqual(now.box.bottom + 1)
      await expectWrapped(page)
    }
    await field.press('Shift+Enter')
    await page.locator('.line.current', { hasText: 'needle-501' }).waitFor()
    await page.getByRole('button', { name: 'Only hits' }).click()
    await page.locator('.line', { hasText: 'needle-1501' }).waitFor()
    expect((await drawn(page)).lines.every(({ text }) => text.includes('needle-'))).toBe(true)
    // Nothing is lost of a search when it is narrowed to nothing and given up.
    await field.fill('no such text')
    await page.getByText('no hits').waitFor()
    await page.getByRole('button', { name: 'Only hits' }).click()
    await field.fill('')

    // In another width what is at the top stays at the top.
    await field.fill('needle-50501')
    await page.locator('.line.current', { hasText: 'needle-50501' }).waitFor()
    for (const width of [500, 1100]) {
      await page.setViewportSize({ width, height: 700 })
      await page.locator('.line.current').waitFor()
      await expectWrapped(page)
    }
    await page.getByRole('button', { name: 'Wrap' }).click()
    await t.until(
      async () => (await drawn(page)).lines.every(({ top, bottom }) => Math.round(bottom - top) === 18),
      'each line is one line high',
    )
    await page.locator('.line.current', { hasText: 'needle-50501' }).waitFor()
  },
)

live('what is read stays where it is while more comes, until one follows again', { timeout: 120_000 }, async () => {
  const t = await home()
  const file = join(t.dir, 'growing')
  writeFileSync(file, mixed(2000))
  await t.here.ok(['start', '--name', 'grows', '--', 'tail', '-n', '+1', '-f', file])
  const page = await open()
  await go(page, '#/process/grows/log')
  await page.getByText('1,000 lines').waitFor()
  await page.locator('.text', { hasText: /^2000 / }).waitFor()
  appendFileSync(file, 'one more\n')
  await page.locator('.line', { hasText: 'one more' }).waitFor()
  await page.locator('.log').hover()
  await page.mouse.wheel(0, -3000)
  await page.locator('button[aria-pressed="false"]', { hasText: 'Follow' }).waitFor()
  const topLine = async () => {
    const { box, lines } = await drawn(page)
    const { text, top } = lines.find(({ bottom }) => bottom > box.top + 1)!
    return { text, px: Math.round(top - box.top) }
  }
  const before = await topLine()
  appendFileSync(file, mixed(3000))
  await page.getByText('3,000 new lines').waitFor()
  expect(await topLine()).toEqual(before)
  await page.getByRole('button', { name: '3,000 new lines' }).click()
  await page.locator('.text', { hasText: /^3000 / }).waitFor()
})
