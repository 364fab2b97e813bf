import { appendFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { buildApiSuite } from '../realhost/apiRunner';
import { RealHost } from '../realhost/session';
import { packedExtension } from '../support/packedExtension';
import { projectRoot, sample } from '../support/paths';

/** How a run ended, or why there could be none. */
type Outcome = number | { readonly skipped: string };

/** Looks at the extension before anybody used it, so it comes first. */
const FIRST = 'activation.test.ts';
const FOLDER = path.join(projectRoot, 'test', 'host');
/** package.json's `engines.vscode`, and whatever is current. */
const DESKTOP_VERSIONS = ['1.96.0', 'stable'];

/** The suite in the extension host of the real VS Code that tests drive, with the packed extension. */
async function runInRealHost(): Promise<Outcome> {
  const started = await RealHost.start(console.log);
  if (!started.ok) return { skipped: started.reason };
  const { host } = started;
  try {
    return await inSample(async (workspace, suite) => {
      const { tests, error, logs } = await host.runApiSuite({ suite, workspace, vsix: [packedExtension()] });
      for (const { title, state, milliseconds, error: failure } of tests) {
        const mark = { passed: '✔', failed: '✘', pending: '-' }[state];
        console.log(
          `  ${mark} ${title} (${String(milliseconds)} ms)${failure === undefined ? '' : `\n${failure}`}`,
        );
      }
      const of = (wanted: string): number => tests.filter(({ state }) => state === wanted).length;
      const counts = process.env['SPLORA_TEST_COUNTS'];
      if (counts !== undefined) appendFileSync(counts, `${of('passed')} ${of('failed')} ${of('pending')}\n`);
      if (error !== '') console.error(`${error}\n${logs}`);
      return error === '' ? 0 : 1;
    });
  } finally {
    await host.dispose();
  }
}

/** The same suite in a desktop VS Code, the oldest supported and the newest, as far as they can be downloaded. */
async function runOnDesktop(): Promise<Outcome> {
  if (
    process.platform === 'linux' &&
    process.env['DISPLAY'] === undefined &&
    process.env['WAYLAND_DISPLAY'] === undefined
  )
    return { skipped: 'a desktop VS Code needs a display here (try: xvfb-run -a npm run test:desktop)' };
  return inSample(async (workspace, suite) => {
    for (const version of DESKTOP_VERSIONS) {
      const outcome = await runDesktopVersion(version, workspace, suite);
      if (outcome !== 0) return outcome;
    }
    return 0;
  });
}

async function runDesktopVersion(version: string, workspace: string, suite: string): Promise<Outcome> {
  let vscodeExecutablePath: string;
  try {
    vscodeExecutablePath = await downloadAndUnzipVSCode({
      version,
      cachePath: path.join(projectRoot, '.vscode-test'),
    });
  } catch (thrown) {
    return { skipped: `VS Code ${version} could not be downloaded: ${String(thrown)}` };
  }
  console.log(`VS Code ${version}`);
  const profile = await mkdtemp(path.join(tmpdir(), 'splora-profile-'));
  // What one version wrote must not be there for the next.
  const copy = path.join(profile, 'workspace');
  await cp(workspace, copy, { recursive: true });
  const launchArgs = [copy, '--disable-extensions', '--disable-workspace-trust', '--user-data-dir', profile];
  try {
    const options = { extensionDevelopmentPath: projectRoot, extensionTestsPath: suite };
    return await runTests({ vscodeExecutablePath, launchArgs, ...options });
  } catch (thrown) {
    console.error(thrown);
    return 1;
  } finally {
    await rm(profile, { recursive: true, force: true });
  }
}

/** Every test of the folder. */
async function testFiles(): Promise<string[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.test.ts') && name !== FIRST);
  return [FIRST, ...names.sort()].map((name) => path.join(FOLDER, name));
}

/** Builds the suite and runs `use` with a fresh copy of the sample. */
async function inSample(use: (workspace: string, suite: string) => Promise<Outcome>): Promise<Outcome> {
  const folder = await mkdtemp(path.join(tmpdir(), 'splora-api-'));
  // In the checkout, where it finds mocha.
  const suite = path.join(projectRoot, 'dist', 'test', 'api.cjs');
  await buildApiSuite(path.join(projectRoot, 'test', 'realhost'), await testFiles(), suite);
  try {
    const workspace = path.join(folder, 'workspace');
    await cp(sample(), workspace, { recursive: true });
    return await use(workspace, suite);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `run.ts real|desktop`: tells its parent process how it ended. */
async function main(where: string | undefined): Promise<void> {
  const outcome = await (where === 'desktop' ? runOnDesktop() : runInRealHost());
  process.send?.(outcome);
}

main(process.argv[2]).catch((thrown: unknown) => {
  console.error(thrown);
  process.exitCode = 1;
});
