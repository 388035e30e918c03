let calls = 0;

export async function run() {
  calls += 1;
  if (calls % 3 !== 0) return { outcome: 'succeeded', output: {} };
  throw new Error('this one of three fails');
}
