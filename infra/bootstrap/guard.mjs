// Runs a command that must not outlive bootstrap: when the pipe to bootstrap closes, by whatever death, all of its
// process group is killed. Half-done work lies in temporary places, so nothing has to be asked first.
import { spawn } from 'node:child_process';

const [program = '', ...parameters] = process.argv.slice(2);
process.stdin.resume().once('end', () => process.kill(0, 'SIGKILL'));
const child = spawn(program, parameters, { stdio: ['ignore', 'inherit', 'inherit'] });
child.once('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(127);
});
child.once('close', (code) => process.exit(code ?? 1));
