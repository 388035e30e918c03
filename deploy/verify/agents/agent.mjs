export async function run() {
  const usage = {
    model: 'm',
    provider: 'p',
    input_tokens: 900,
    output_tokens: 100,
    cost_usd: 0.01,
  };
  return { outcome: 'succeeded', output: { usage } };
}
