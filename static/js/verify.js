// Checks one entry of the log in this browser, step by step. The server is asked for data only: every
// hash and signature is computed here, and nothing turns green that was not. See proofs.js.
import { bytesOf, climb, grown, hex, leafHash, readKey, readNote, same, sha256, signedBy, unhex } from "./proofs.js";

const PATIENCE = 2000; // milliseconds between two questions about an entry that is not included yet
const TRIES = 60;

const page = document.getElementById("verify");
const from = page.dataset;
const verdict = document.getElementById("verdict");
const tamper = document.getElementById("tamper");
const held = document.getElementById("held-form");

const WORDS = { idle: "not checked", running: "working", done: "done", ok: "holds", bad: "does not hold" };
let round = 0; // a newer run makes an older one fall silent
let shown = null; // the checkpoint and key of the last run, for the one the visitor holds

const say = (key, state, text, details = "", word = WORDS[state]) => {
  const step = page.querySelector(`[data-step="${key}"]`);
  if (!step) return state;
  step.dataset.state = state;
  step.querySelector("[data-word]").textContent = word;
  step.querySelector("[data-text]").textContent = text;
  const more = step.querySelector("details");
  more.hidden = !details;
  more.querySelector("[data-details]").textContent = details;
  return state;
};

const conclude = (state, title, text) => {
  verdict.dataset.state = state;
  verdict.querySelector("[data-title]").textContent = title;
  verdict.querySelector("[data-text]").textContent = text;
};

const rest = (keys, text) => {
  for (const key of keys) say(key, "idle", text);
  if (keys.includes("path")) document.getElementById("climb").hidden = true;
};
const many = (count) => count.toLocaleString("en-GB");
const leaves = (count) => `${many(count)} ${count === 1 ? "leaf" : "leaves"}`;

class Refused extends Error {
  constructor(problem, status) {
    super(problem.detail ?? `The server answered ${status}.`);
    this.code = problem.code ?? (problem.type ?? "").split("/").at(-1);
  }
}

// Nothing was learnt about the log: no proof that it is wrong, and none that it is right.
class Unreached extends Error {}

const reach = async (url, options = {}) => {
  try {
    return await fetch(url, { ...options, cache: "no-store" });
  } catch {
    throw new Unreached("The server cannot be reached. This tells nothing about the log: try again.");
  }
};

const ask = async (url) => {
  const answer = await reach(url, { headers: { Accept: "application/json" } });
  const said = await answer.json().catch(() => null);
  if (answer.ok && said) return said;
  if (!said) throw new Unreached(`What answered is not the log (${answer.status}, no JSON). This tells nothing about the log: try again.`);
  throw new Refused(said, answer.status);
};

// ------------------------------------------------------------------------------------ the steps

// The lowest bit of the header's last digit of time: one microsecond, and another leaf altogether.
const flipped = (header) => {
  const bytes = bytesOf(header);
  const at = bytesOf(header.slice(0, header.indexOf('"recorded_at":"') + 41)).length - 1;
  bytes[at] ^= 1;
  return { bytes, at };
};

const fetched = async () => {
  say("fetch", "running", "Asking the log's public doors for header, proof, checkpoint and key.");
  const keys = await ask(from.keys);
  let proof;
  try {
    proof = await ask(from.proof);
  } catch (error) {
    if (error.code !== "not-yet-included") throw error;
    say("fetch", "running", "The entry has no place in a published tree yet. The proof comes with the next checkpoint.", "", "waiting");
    return { keys, proof: null, header: from.header };
  }
  say("fetch", "done", "Header, proof, checkpoint and key have arrived. Nothing is checked yet.",
    JSON.stringify({ ...proof, keys }, null, 2), "fetched");
  return { keys, proof, header: proof.header };
};

const hashed = async (header, expected, origin) => {
  say("leaf", "running", "Hashing the header.");
  const changed = tamper.checked ? flipped(header) : null;
  const bytes = changed ? changed.bytes : bytesOf(header);
  const leaf = await leafHash(bytes);
  const details = [
    `header     ${new TextDecoder().decode(bytes)}`,
    `length     ${bytes.length} bytes`,
    ...(changed ? [`changed    the lowest bit of byte ${changed.at}`] : []),
    `computed   ${hex(leaf)}`,
    `answered   ${expected}`,
  ].join("\n");
  const { id, log } = JSON.parse(header);
  if (id !== from.entry) {
    return [leaf, say("leaf", "bad", "The header is of another entry than the one asked about.", details)];
  }
  const what = "SHA-256 of a zero byte and the header";
  if (hex(leaf) !== expected) {
    return [leaf, say("leaf", "bad", `${what} is not the leaf hash the log answers with: the header is not the one that was hashed.`, details)];
  }
  // After a new epoch the lines from before it keep the log's earlier name; the tree holds them all the same.
  const earlier = log === origin ? "" : ` It was written when the log was named ${log}.`;
  return [leaf, say("leaf", "ok", `${what} is the leaf hash.${earlier}`, details)];
};

const drawn = ({ steps: way }) => way.map(({ sibling, side, node }, level) =>
  `level ${String(level + 1).padEnd(3)} sibling on the ${side.padEnd(5)}  ${hex(sibling)}\n          node above            ${hex(node)}`).join("\n");

// The climb as a picture: on each level the pair that is hashed, in its order, and what comes of it.
const picture = (leaf, way) => {
  const place = document.getElementById("climb");
  const row = document.getElementById("climb-row").content;
  const short = (bytes) => `${hex(bytes).slice(0, 6)}…${hex(bytes).slice(-4)}`;
  let own = leaf;
  place.replaceChildren(...way.map(({ sibling, side, node }) => {
    const made = row.cloneNode(true);
    const [left, right] = side === "left" ? [sibling, own] : [own, sibling];
    made.querySelector("[data-left]").textContent = short(left);
    made.querySelector("[data-right]").textContent = short(right);
    made.querySelector("[data-node]").textContent = short(node);
    made.querySelector(side === "left" ? "[data-right]" : "[data-left]").classList.add("own");
    own = node;
    return made;
  }));
  place.hidden = way.length === 0;
};

const climbed = async (leaf, proof, sound) => {
  say("path", "running", "Hashing up the tree.");
  try {
    const way = await climb(proof.leaf_index, proof.size, leaf, proof.hashes.map(unhex));
    const count = way.steps.length;
    picture(leaf, way.steps);
    const text = count
      ? `${count} ${count === 1 ? "sibling leads" : "siblings lead"} from leaf ${many(proof.leaf_index)} to a root of ${leaves(proof.size)}.`
      : "The tree has one leaf, which is its root.";
    say("path", sound ? "ok" : "done", text, `leaf                            ${hex(leaf)}\n${drawn(way)}`, "climbed");
    return way.root;
  } catch (error) {
    say("path", "bad", `The proof leads nowhere. ${error.message}`, proof.hashes.join("\n"));
    return null;
  }
};

const compared = (root, proof, note, origin) => {
  const details = `computed    ${root ? hex(root) : "–"}\ncheckpoint  ${hex(note.root)}\nsize        ${note.size}\norigin      ${note.origin}`;
  if (note.origin !== origin || note.size !== proof.size) {
    return say("root", "bad", "The checkpoint is of another log or of another size than the proof.", details);
  }
  if (!root || !same(root, note.root)) {
    return say("root", "bad", "The root computed here is not the one in the checkpoint: this header is not in the tree that was signed.", details);
  }
  return say("root", "ok", "The root computed here is the root in the checkpoint.", details);
};

const signed = async (note, key, own) => {
  const details = `${note.text}\nkey         ${key.vkey}\nsignatures  ${note.lines.map(({ name, id }) => `${name} ${id}`).join(", ")}`;
  const held = await signedBy(note, key);
  if (held === null) return say("signature", "idle", "This browser cannot check Ed25519 signatures, so this step is open. A current one can.", details);
  if (!held) return say("signature", "bad", `The checkpoint was not signed by ${own ? "the key you gave" : "the key of this log"}.`, details);
  const whose = own ? "the key you gave" : "the key this server hands out; compare it with one you have from elsewhere";
  return say("signature", "ok", `Ed25519 holds over the checkpoint's text, with ${whose}.`, details);
};

const bodied = async (header) => {
  if (!from.body) return "ok";
  say("body", "running", "Fetching the stored bytes.");
  const answer = await reach(from.body).catch((error) => ({ ok: false, status: error.message }));
  if (answer.status === 410) return say("body", "bad", "The stored bytes are gone from the database, although the header names them.");
  if (!answer.ok) return say("body", "idle", `The stored bytes could not be fetched: ${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const digest = hex(await sha256(bytes));
  const { body } = JSON.parse(header);
  const details = `computed  ${digest}\nheader    ${body.sha256}\nlength    ${bytes.length} of ${body.len} bytes\nsealing   ${body.alg}`;
  if (digest !== body.sha256 || bytes.length !== body.len) return say("body", "bad", "The stored bytes are not those the header commits to.", details);
  const sealed = body.alg !== "none" ? " They are sealed: the digest is of the bytes as they lie in the database." : "";
  return say("body", "ok", `The stored bytes are those the header commits to.${sealed}`, details);
};

// ----------------------------------------------------------------------------------- the whole

const STEPS = ["fetch", "leaf", "path", "root", "signature", "body"];

const waiting = (tries) => {
  rest(["path", "root", "signature"], "Waits for the next checkpoint.");
  conclude("running", "Accepted, not yet included",
    "The entry is durable and the log has promised its place. The promise is kept with the next checkpoint; this page asks again by itself.");
  const mine = round;
  if (tries < TRIES) setTimeout(() => mine === round && check(tries + 1), PATIENCE);
  else conclude("idle", "Accepted, not yet included", "No checkpoint has covered the entry for two minutes. The audit log's page says how the log stands.");
};

const judge = (states) => {
  if (states.includes("bad")) {
    const own = tamper.checked ? "You changed one bit of the header, and the check found it." : "See the step marked in red. An operator should run verifylog.";
    return conclude("bad", tamper.checked ? "Not in the log as changed" : "The check failed", own);
  }
  if (states.some((state) => state !== "ok")) {
    return conclude("idle", "Checked in part", "Every step that could be checked holds; one is open. Partly checked is not proven.");
  }
  return conclude("ok", "In the log, proven in this browser",
    `Leaf ${many(shown.proof.leaf_index)} of ${leaves(shown.note.size)}, under a checkpoint signed by ${shown.key.name}.`);
};

const run = async (tries) => {
  const mine = round;
  const { keys, proof, header } = await fetched();
  if (mine !== round) return;
  const [leaf, first] = await hashed(header, proof ? proof.leaf_hash : from.leaf, keys.origin);
  if (!proof) { waiting(tries); return; }
  const root = await climbed(leaf, proof, first === "ok");
  const note = readNote(proof.checkpoint);
  const own = document.getElementById("own-key").value.trim();
  say("signature", "running", "Checking the signature.");
  const key = await readKey(own || keys.checkpoint_keys[0].vkey);
  const states = [first, root ? "ok" : "bad", compared(root, proof, note, keys.origin), await signed(note, key, own), await bodied(header)];
  if (mine !== round) return;
  shown = { proof, note, key };
  held.querySelector("button").disabled = false;
  judge(states);
};

const check = async (tries = 0) => {
  round += 1;
  if (tries === 0) { rest(STEPS, "Waits for the step before."); conclude("running", "Checking …", "Nothing is shown as proven before it was computed here."); }
  try {
    if (!window.isSecureContext) throw new Error("Browsers compute hashes on https and localhost only. Open this page there.");
    await run(tries);
  } catch (error) {
    const open = page.querySelector('#steps [data-state="running"]');
    const state = error instanceof Unreached ? "idle" : "bad";
    if (open) say(open.dataset.step, state, error.message);
    conclude(state, "The check could not be finished", error.message);
  }
};

// ---------------------------------------------------------------------- a checkpoint held outside

const reached = async (old, { note }) => {
  const details = `held   ${leaves(old.size)}  ${hex(old.root)}\nnow    ${leaves(note.size)}  ${hex(note.root)}`;
  if (old.size > note.size) return ["bad", `You hold a checkpoint over ${leaves(old.size)}, but this log shows ${leaves(note.size)}: its end was cut off, or it is an older copy.`, details];
  if (old.size === note.size) {
    return same(old.root, note.root) ? ["ok", "The checkpoint you hold is the one checked above.", details] : ["bad", "Same size, another root: there are two histories of this log.", details];
  }
  if (old.size === 0) return ["ok", "The checkpoint you hold is of an empty log; every log goes on from there.", details];
  const proof = await ask(`${from.consistency}?from=${old.size}&to=${note.size}`);
  const { older, newer } = await grown(old.size, note.size, old.root, proof.hashes.map(unhex));
  const all = `${details}\n\nproof\n${proof.hashes.join("\n")}\n\ncomputed\nheld   ${hex(older)}\nnow    ${hex(newer)}`;
  if (!same(older, old.root) || !same(newer, note.root)) return ["bad", "The log of now is not a continuation of the one you hold a checkpoint of: it was rewritten.", all];
  return ["ok", `The first ${leaves(old.size)} are still those your checkpoint signs; ${leaves(note.size - old.size)} came after.`, all];
};

const compareHeld = async () => {
  say("held", "running", "Comparing the checkpoint you hold with the one above.");
  try {
    const text = held.querySelector("textarea").value.replaceAll("\r\n", "\n").trim();
    const old = readNote(`${text}\n`);
    if (old.origin !== shown.note.origin) { say("held", "bad", `This checkpoint is of another log, ${old.origin}.`); return; }
    const signature = await signedBy(old, shown.key);
    if (signature === false) { say("held", "bad", `This checkpoint was not signed by ${shown.key.name}.`, old.text); return; }
    const [state, sentence, details] = await reached(old, shown);
    if (state === "ok" && signature === null) say("held", "idle", `${sentence} Its signature could not be checked in this browser.`, details);
    else say("held", state, sentence, details);
  } catch (error) {
    say("held", error instanceof Unreached ? "idle" : "bad", error.message);
  }
};

document.getElementById("check").addEventListener("click", () => check());
tamper.addEventListener("change", () => check());
document.getElementById("own-key").addEventListener("change", () => check());
held.addEventListener("submit", (event) => { event.preventDefault(); compareHeld(); });
page.querySelector("[data-step=path] .step-body p").after(document.getElementById("climb"));
tamper.checked = false; // browsers restore forms on reload
check();
