// Parameter tuner: a grid of settings, each tried on the same questions; the best so far is always visible.
import { track } from 'ptrack'
import { ask } from './model.mjs'

const grid = [0, 0.3, 0.7, 1].flatMap((temperature) => ['small', 'medium', 'large'].map((model) => ({ model, temperature })))
const questions = Array.from({ length: 5 }, (_, n) => `question ${n + 1}`)

await track({ name: 'param-tuner', type: 'param_tuner' }, async (task) => {
  let best = null
  for (const [n, { model, temperature }] of grid.entries()) {
    await task.checkpoint() // between two settings: each is measured whole or not at all
    const answers = await Promise.all(questions.map((question) => ask(model, question, { temperature })))
    const accuracy = answers.filter(({ right }) => right).length / questions.length
    if (best === null || accuracy > best.accuracy) best = { model, temperature, accuracy }
    await task.result({ model, temperature, accuracy })
    task.update({ current: n + 1, total: grid.length, unit: 'settings', metadata: { best } })
  }
})
