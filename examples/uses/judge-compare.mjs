// Judge compare: two models side by side. Each pair is judged in both orders, since judges like what they read first.
import { track } from 'ptrack'
import { ask, chance } from './model.mjs'

const [a, b] = ['small', 'large']
const questions = Array.from({ length: 10 }, (_, n) => `question ${n + 1}`)

await track({ name: 'judge-compare', type: 'judge_compare', title: `${a} against ${b}` }, async (task) => {
  const wins = { [a]: 0, [b]: 0, tie: 0 }
  for (const [n, question] of questions.entries()) {
    await task.checkpoint()
    await task.step(question, async (step) => {
      const [one, other] = await Promise.all([step.step(a, () => ask(a, question)), step.step(b, () => ask(b, question))])
      const verdicts = [`${a} first`, `${b} first`].map((order) => {
        if (one.right !== other.right) return one.right ? a : b
        return chance(order, question) < 0.5 ? a : b
      })
      const winner = verdicts[0] === verdicts[1] ? verdicts[0] : 'tie'
      wins[winner]++
      await task.result({ question, verdicts, winner })
    })
    task.update({ current: n + 1, total: questions.length, unit: 'pairs', metadata: { wins } })
  }
})
