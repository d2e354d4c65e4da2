// A job: something with an end. Its exit code is kept even if the daemon is not there when it ends.
for (let page = 1; page <= 5; page++) {
  console.log(`page ${page} of 5`)
  await new Promise((resolve) => setTimeout(resolve, 300))
}
console.log('report written')
