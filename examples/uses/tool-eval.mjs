// Tool evaluation: does the model call the right tool? A case that fails is a failed step, and no failed run.
import { track } from 'ptrack'
import { chance } from './model.mjs'

const tools = ['search', 'calculator', 'calendar']
const cases = Array.from({ length: 15 }, (_, n) => ({ say: `request ${n + 1}`, expect: tools[n % tools.length] }))

await track({ name: 'tool-eval', type: 'tool_eval' }, async (task) => {
  let passed = 0
  for (const [n, { say, expect }] of cases.entries()) {
    await task.checkpoint()
    const step = task.step(say)
    await new Promise((resolve) => setTimeout(resolve, 10))
    const called = chance('tool', say) < 0.8 ? expect : tools[(n + 1) % tools.length]
    const pass = called === expect
    if (pass) passed++
    if (pass) step.done()
    else step.fail(`called ${called} instead of ${expect}`)
    await task.result({ case: say, expect, called, pass })
    task.update({ current: n + 1, total: cases.length, unit: 'cases', metadata: { successRate: passed / (n + 1) } })
  }
})
