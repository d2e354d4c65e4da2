// Prompt tuner: which wording works best with which model? Cancel it, and what was found until then is kept.
import { TaskCancelled, track } from 'ptrack'
import { ask, chance } from './model.mjs'

const prompts = ['plain', 'step by step', 'with examples']
const models = ['small', 'large']
const cases = Array.from({ length: 6 }, (_, n) => `case ${n + 1}`)
const total = prompts.length * models.length * cases.length

try {
  await track({ name: 'prompt-tuner', type: 'prompt_tuner' }, async (task) => {
    let current = 0
    for (const prompt of prompts)
      for (const model of models)
        for (const test of cases) {
          await task.checkpoint()
          const { ms } = await ask(model, `${prompt}: ${test}`)
          const predicted = chance(prompt, model, test) < 0.7 ? 'yes' : 'no'
          await task.result({ model, prompt, case: test, predicted, correct: predicted === 'yes', ms })
          task.update({ current: ++current, total, unit: 'tests', message: `${prompt}, ${model}` })
        }
  })
} catch (error) {
  if (!(error instanceof TaskCancelled)) throw error
  console.log('cancelled; the results so far are kept')
  process.exitCode = 130
}
