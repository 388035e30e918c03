/** Says once that measuring failed: the work goes on, and a log that is full of it helps nobody. */
export function complaintOf(wrapper: string): (error: unknown) => void {
  let isSaid = false;
  return (error) => {
    if (isSaid) return;
    isSaid = true;
    console.error(`chimera: ${wrapper} cannot measure`, error);
  };
}
