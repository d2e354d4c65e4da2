// Judge: a model marks the answers of another, 1 to 10. The mean stands in the metadata while it runs.
import { track } from 'ptrack'
import { ask, chance } from './model.mjs'

const questions = Array.from({ length: 12 }, (_, n) => `question ${n + 1}`)

await track({ name: 'judge', type: 'judge', metadata: { judge: 'large', candidate: 'medium' } }, async (task) => {
  let sum = 0
  for (const [n, question] of questions.entries()) {
    await task.checkpoint()
    const answer = await ask('medium', question)
    const mark = Math.ceil((answer.right ? 6 : 0) + 4 * chance('mark', question))
    sum += mark
    await task.result({ question, answer: answer.text, mark })
    task.update({ current: n + 1, total: questions.length, unit: 'answers', metadata: { mean: sum / (n + 1) } })
  }
})
