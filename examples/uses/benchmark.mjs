// Benchmark: how fast are the models? One step a model, one row an answer.
import { track } from 'ptrack'
import { ask } from './model.mjs'

const models = ['small', 'medium', 'large']
const prompts = Array.from({ length: 8 }, (_, n) => `question ${n + 1}`)

await track({ name: 'benchmark', type: 'benchmark', title: 'Speed of three models' }, async (task) => {
  let current = 0
  const total = models.length * prompts.length
  for (const model of models) {
    await task.step(model, async (step) => {
      for (const [n, prompt] of prompts.entries()) {
        await task.checkpoint() // a pause waits here, so no answer is ever half measured
        const { tokens, ms } = await ask(model, prompt)
        await task.result({ model, prompt, ms, tokensPerSecond: Math.round((1000 * tokens) / ms) })
        step.update({ percent: (100 * (n + 1)) / prompts.length })
        task.update({ current: ++current, total, unit: 'answers', message: `${model}: ${prompt}` })
      }
    })
  }
})
