// The log's mathematics for a browser: RFC 9162 trees and C2SP signed notes. Bytes in, bytes out; it
// knows no page. Only WebCrypto computes here, so nothing of it needs to be trusted but the browser.

const encoder = new TextEncoder();

export const bytesOf = (text) => encoder.encode(text);
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
export const same = (one, other) => hex(one) === hex(other);

export const unhex = (text) => {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) throw new Error("This is not hex.");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
};

export const unbase64 = (text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  // atob accepts stray bits before the padding; two spellings of one signature must not pass.
  if (btoa(String.fromCharCode(...bytes)) !== text) throw new Error("This is not canonical base64.");
  return bytes;
};

export const joined = (...parts) => {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all;
};

export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
export const leafHash = (header) => sha256(joined([0], header));
export const nodeHash = (left, right) => sha256(joined([1], left, right));

const half = (number) => Math.floor(number / 2); // sizes pass 2^31, where >> would wrap
const odd = (number) => number % 2 === 1;

// The way from a leaf up (RFC 9162 §2.1.3.2): one step for each sibling, its side and the node above.
// Throws when the proof is longer or shorter than a tree of this size asks for.
export const climb = async (index, size, leaf, siblings) => {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) {
    throw new Error(`A tree of ${size} leaves has no leaf ${index}.`);
  }
  let [place, last, node] = [index, size - 1, leaf];
  const steps = [];
  for (const sibling of siblings) {
    if (last === 0) throw new Error("The proof is longer than the tree is high.");
    const left = odd(place) || place === last;
    node = await (left ? nodeHash(sibling, node) : nodeHash(node, sibling));
    steps.push({ sibling, side: left ? "left" : "right", node });
    while (left && !odd(place) && place !== 0) { place = half(place); last = half(last); }
    place = half(place);
    last = half(last);
  }
  if (last !== 0) throw new Error("The proof ends below the root.");
  return { steps, root: node };
};

// Both roots that a consistency proof leads to (RFC 9162 §2.1.4.2), for 0 < first < second.
// `known` is the root of the older tree: it begins the proof where that tree is a full one.
export const grown = async (first, second, known, proof) => {
  const full = Number.isInteger(Math.log2(first));
  const [start, ...rest] = full ? [known, ...proof] : proof;
  if (!start) throw new Error("The proof is empty.");
  let [place, last, older, newer] = [first - 1, second - 1, start, start];
  while (odd(place)) { place = half(place); last = half(last); }
  for (const node of rest) {
    if (last === 0) throw new Error("The proof is longer than the tree is high.");
    if (odd(place) || place === last) {
      older = await nodeHash(node, older);
      newer = await nodeHash(node, newer);
      while (!odd(place) && place !== 0) { place = half(place); last = half(last); }
    } else {
      newer = await nodeHash(newer, node);
    }
    place = half(place);
    last = half(last);
  }
  if (last !== 0) throw new Error("The proof ends below the root.");
  return { older, newer };
};

// A signed checkpoint: what it says, the signed text, and its signature lines.
export const readNote = (note) => {
  const cut = note.lastIndexOf("\n\n");
  if (cut < 0 || !note.endsWith("\n")) throw new Error("A checkpoint ends in an empty line and its signatures.");
  const text = note.slice(0, cut + 1);
  const [origin, size, root, ...rest] = text.split("\n");
  if (!origin || !/^(?:0|[1-9][0-9]{0,15})$/.test(size) || rest.at(-1) !== "") {
    throw new Error("A checkpoint says origin, size and root, each on its line.");
  }
  const lines = note.slice(cut + 2, -1).split("\n").map(readLine);
  return { text, origin, size: Number(size), root: unbase64(root), lines };
};

const readLine = (line) => {
  const found = /^\u2014 (\S+) (\S+)$/.exec(line);
  if (!found) throw new Error("A signature line reads: em dash, name, base64.");
  const material = unbase64(found[2]);
  return { name: found[1], id: hex(material.slice(0, 4)), signature: material.slice(4) };
};

// A C2SP verifier key, name+id+base64; throws unless the id is that of the name and the key.
export const readKey = async (vkey) => {
  const [, name, id, material] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(vkey) ?? [];
  if (!name) throw new Error("A verifier key reads name+id+base64.");
  const key = unbase64(material);
  if (key[0] !== 1 || key.length !== 33) throw new Error("This is not an Ed25519 verifier key.");
  const computed = hex((await sha256(joined(bytesOf(`${name}\n`), key))).slice(0, 4));
  if (computed !== id) throw new Error("The id in the verifier key belongs to another name or key.");
  return { name, id, public: key.slice(1), vkey };
};

// Whether `key` signed the note: true, false, or null where this browser cannot tell.
export const signedBy = async (note, key) => {
  const line = note.lines.find(({ name, id }) => name === key.name && id === key.id);
  if (!line || line.signature.length !== 64) return false;
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", key.public, { name: "Ed25519" }, false, ["verify"]);
  } catch (error) {
    // Older browsers know no Ed25519; a key that is no point of the curve is a DataError instead.
    if (error.name === "NotSupportedError") return null;
    return false;
  }
  return crypto.subtle.verify({ name: "Ed25519" }, imported, line.signature, bytesOf(note.text));
};
