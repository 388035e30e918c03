process.stdin.resume();
process.stdin.on('end', () => {
  console.log(JSON.stringify({ status: 'succeeded', output: {} }));
});
