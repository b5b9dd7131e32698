// node run.mjs <journey>: one journey in a browser of its own. Its question comes as JSON on standard input (the
// product's address, the browser, and what else it wants to know), its result goes to the file named there.
import { readFileSync, writeFileSync } from 'node:fs';
import { open } from './browser.mjs';

const asked = JSON.parse(readFileSync(0, 'utf8'));
const { default: journey } = await import(`./${process.argv[2]}.mjs`);
const world = await open(asked);
let told;
try {
  told = { result: await journey({ ...world, asked }) };
} catch (error) {
  told = { error: `${error.stack ?? error}\nseen last: ${(await world.shoot(process.argv[2])).join(' ')}` };
} finally {
  await world.close();
}
writeFileSync(asked.answer, JSON.stringify({ ...told, faults: world.faults }));
