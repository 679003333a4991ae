// Read an X12 file with the segment streams of the npm peers, one per process:
//
//     node peers.mjs DIRECTORY PEER FILE
//
// DIRECTORY holds node_modules with the peers. Prints JSON: peer, seconds
// (wall), cpu (seconds, all threads), segments, rss (MB). Only segments are made; neither peer checks envelopes
// in this mode.
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { once } from 'node:events';
import path from 'node:path';

const [directory, peer, file] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(directory), 'package.json'));

const open = {
    'x12-parser': () => new (require('x12-parser').X12parser)(),
    'node-x12': () => new (require('node-x12').X12Parser)(),
};

const stream = open[peer]();
let segments = 0;
const used = process.cpuUsage();
const begin = process.hrtime.bigint();
stream.on('data', () => { segments++; });
createReadStream(file).pipe(stream);
await once(stream, 'end');
const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
const { user, system } = process.cpuUsage(used);
console.log(JSON.stringify({
    peer, seconds, cpu: (user + system) / 1e6, segments, rss: Math.round(process.resourceUsage().maxRSS / 1024),
}));
