/** Run by each server-side runtime: prints what the scenario named found. */
const { play } = await import(`./scenarios/${process.argv[2]}.js`);
process.stdout.write(JSON.stringify(await play()));
