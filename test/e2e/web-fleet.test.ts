/** The page of the fleet: there where there is one, with nodes, what runs where, and what happened. */
import { rmSync } from 'node:fs'
import { join as path } from 'node:path'
import { afterEach, expect } from 'vitest'
import { go, live, useBrowser } from '../support/browser.ts'
import { natsServer, type TestBus, testBus } from '../support/bus.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { join, seen } from '../support/fleet.ts'

const { home, open } = useBrowser()

let bus: TestBus | undefined
let other: TestHome | undefined
afterEach(async () => {
  await other?.close()
  await bus?.close()
})

live(
  'nodes with state, load and version, what runs where, and lately; a node that goes away is said and stays as last known',
  { timeout: 120_000 },
  async (context) => {
    if (!natsServer.there) return context.skip(natsServer.name)
    const t = await home()
    let page = await open()
    const nav = () => page.getByRole('navigation', { name: 'Pages' })
    await nav().getByRole('link', { name: 'Processes' }).waitFor()
    expect(await nav().getByRole('link', { name: 'Fleet' }).count()).toBe(0)

    other = await testHome()
    const store = path(other.dir, 'store')
    bus = await testBus(['-js', '-sd', store])
    await join(t, bus, 'n1', '--trust-bus')
    await join(other, bus, 'n2', '--trust-bus')
    await seen(t, ['n1', 'n2'])
    await t.here.ok(['start', '--name', 'one', '--', program('waits.sh')])
    await other.here.ok(['start', '--name', 'two', '--', program('waits.sh')])
    page = await open()
    await nav().getByRole('link', { name: 'Fleet' }).click()
    await page.getByRole('heading', { name: 'All 2 nodes are here' }).waitFor()
    const node = (name: string) => page.getByRole('listitem', { name: new RegExp(`^${name}: `) })
    await node('n1').getByText('This node').waitFor()
    expect(await node('n2').innerText()).toMatch(/n2 Here for [\s\S]*Load\s+\d+\.\d\d\s+Version\s+\d+\.\d+\.\d+\s+1 process/)
    const where = page.getByRole('region', { name: 'What runs where' })
    await where.locator('td[data-node=n2]').getByText('two').waitFor()
    // The pages of a process are those of this daemon.
    expect(await where.locator('td[data-node=n2]').getByRole('link').count()).toBe(0)
    const lately = page.getByRole('region', { name: 'Lately in the fleet' })
    await lately.getByText('n2').first().waitFor()
    await lately.getByText('two').first().waitFor()
    if (process.env.FLEET_SHOT) await page.screenshot({ path: process.env.FLEET_SHOT, fullPage: true })

    await other.here.ok(['daemon', 'stop', '--kill-children'])
    await page.getByRole('heading', { name: 'n2 is away' }).waitFor()
    await page.getByText('What is shown of it is as last known: it is away').waitFor()
    await where.locator('td[data-node=n2]').getByText('two').waitFor()
    await where.getByRole('link', { name: 'one' }).click()
    await page.getByRole('heading', { name: 'one' }).waitFor()
    await go(page, '#/fleet')
    await page.setViewportSize({ width: 390, height: 800 })
    await where.locator('td[data-node=n2]').getByText('two').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    if (process.env.FLEET_SHOT) await page.screenshot({ path: `${process.env.FLEET_SHOT}.390.png`, fullPage: true })
    rmSync(store, { recursive: true, force: true })
  },
)
