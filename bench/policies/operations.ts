/** What all candidates call: it does nothing, so that what is measured is the policy. */
export const succeeds = async (): Promise<number> => 1;

/** Made once: what an error costs to make is not the policies' doing. */
export const failure: Error = new Error('failed');

export const fails = (): Promise<number> => Promise.reject(failure);

/** Fails as often as told, then succeeds. */
export function failsFirst(times: number): () => Promise<number> {
  let left = times;
  return () => {
    left -= 1;
    return left < 0 ? succeeds() : fails();
  };
}
