// Works for a second and a half, then crashes, every time: see `ptrack why crasher` for the growing waits between its runs.
console.log('this will go well')
setTimeout(() => {
  throw new Error('it did not go well')
}, 1500)
