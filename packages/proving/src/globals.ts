export { borrowGlobals } from './world/globals.ts';
export { onGlobals } from './world/on-globals.ts';
