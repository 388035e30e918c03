/** Names the package in messages about wrong options. */
export const owner = 'concurrency-limit';
