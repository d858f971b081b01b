// Reads a pipeline of GitHub Actions or GitLab and checks its shape: steps that run something, with an emulator in one.
//
//   node pipeline.mjs <file>

import assert from "node:assert";
import { readFileSync } from "node:fs";
import process from "node:process";
import { parse } from "yaml";

const pipeline = parse(readFileSync(process.argv[2], "utf8"));
const jobs = Object.values(pipeline.jobs ?? pipeline).filter((job) => job.steps || job.script);
assert.ok(jobs.length > 0, "there is no job");
const lines = jobs.flatMap((job) => job.script ?? job.steps.map((step) => step.run ?? step.uses));
for (const line of lines) assert.equal(typeof line, "string", JSON.stringify(lines));
assert.ok(lines.some((line) => /cygnet exec .* -- /.test(line)), "no step runs the emulator");
assert.ok(lines.some((line) => line.startsWith("cargo install --locked --path ")), "no step installs it");
