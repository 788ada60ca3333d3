// Prints a secret of a store in SQLite, as docs/reference/store-format.md describes it, or says what does not open.
// Run: node read_store.mjs secrets.sqlite RING NAME. Needs Node.js 18 or newer and the program sqlite3; no packages.
import { execFileSync } from "node:child_process";
import { createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";

const LABEL = "buildbot-keychain/1";
const NOTHING = Buffer.alloc(0);
const hex = (text) => Buffer.from(text, "hex");
const u32 = (number) => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(number); return bytes; };
const u64 = (number) => { const bytes = Buffer.alloc(8); bytes.writeBigUInt64BE(BigInt(number)); return bytes; };
const fields = (list) => Buffer.concat(list.flatMap((field) => [u32(Buffer.byteLength(field)), Buffer.from(field)]));
const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
const hmac = (key, ...bytes) => createHmac("sha256", key).update(Buffer.concat(bytes)).digest();
const hkdf = (key, salt, info, length) => Buffer.from(hkdfSync("sha256", key, salt, info, length));
const must = (holds, problem) => { if (!holds) throw new Error(problem); };
const same = (one, other) => one.length === other.length && timingSafeEqual(one, other);

export function openBox(key, purpose, context, box) {
  must(box.length >= 94 && box.toString("latin1", 0, 5) === "BBK1\x01", "it is not a box");
  must(same(hkdf(key, NOTHING, `${LABEL} key id`, 8), box.subarray(6, 14)), "it was sealed with another key");
  must(box[5] === purpose, "it was sealed for another purpose");
  const info = Buffer.concat([Buffer.from(LABEL), box.subarray(4, 6), sha256(fields(context))]);
  const okm = hkdf(key, box.subarray(14, 46), info, 64);
  must(same(okm.subarray(32), box.subarray(46, 78)), "it was changed, or moved from another place");
  const cipher = createDecipheriv("aes-256-gcm", okm.subarray(0, 32), Buffer.alloc(12), { authTagLength: 16 });
  cipher.setAAD(box.subarray(0, 78)).setAuthTag(box.subarray(-16));
  return Buffer.concat([cipher.update(box.subarray(78, -16)), cipher.final()]);
}

export function unpad(plain) {
  const end = 5 + plain.readUInt32BE(1), exponent = 31 - Math.clz32(end);
  const unit = 2 ** (exponent - 1 - (31 - Math.clz32(exponent)));
  must(plain[0] <= 1 && plain.length === Math.max(256, Math.ceil(end / unit) * unit), "it is not padded as values are");
  must(plain.subarray(end).every((byte) => byte === 0), "it is not padded with zeros");
  return plain.subarray(5, end);
}

export function readRing(text) { // one whose keys are not wrapped
  const lines = text.split("\n"), check = lines.splice(-2)[0].split(" ")[1], id = hex(lines[1].split(" ")[1]);
  const parts = lines.map((line) => line.split(" ")).filter(([word]) => word === "key");
  const keys = new Map(parts.map(([, kid, , , key]) => [kid, hex(key)]));
  const macKey = hkdf(Buffer.concat([...keys.values()]), id, `${LABEL} ring`, 32);
  must(same(hmac(macKey, Buffer.from(`${lines.join("\n")}\n`)), hex(check)), "the ring is damaged");
  return { id, key: (kid) => keys.get(kid.toString("hex")) ?? must(false, "the ring lacks the key") };
}

export function readSecret(ring, rows, name) {
  const [store] = rows("", ["schema"], ["primary_kid", "root_box", "head_mac"]);
  must(store.schema === 1, "the tables are of a later version");
  const root = openBox(ring.key(store.primary_kid), 4, [ring.id], store.root_box);
  const secret = followJournal(hkdf(root, NOTHING, `${LABEL} journal`, 32), store, rows).get(name);
  must(secret, "there is no such secret");
  const [current] = rows("_current", ["version", "deleted"], [], secret.uid);
  const columns = ["kid", "wrapped", "metadata_digest", "payload_digest", "payload"];
  const versions = rows("_versions", ["version"], columns, secret.uid);
  const parts = versions.flatMap((one) => [u64(one.version), one.metadata_digest, one.payload_digest]);
  const digest = sha256(fields([secret.uid, name, u64(current.version), u64(current.deleted), ...parts]));
  must(same(digest, secret.digest), "the rows of the secret were changed");
  must(current.deleted === 0, "the secret is deleted");
  const row = versions.find((one) => one.version === current.version), place = [ring.id, secret.uid];
  must(same(sha256(row.payload), row.payload_digest), "the value was changed");
  const bound = [...place, name, u64(row.version), row.metadata_digest, row.payload_digest];
  const dataKey = openBox(ring.key(row.kid), 1, bound, row.wrapped);
  return unpad(openBox(dataKey, 2, [...place, u64(row.version)], row.payload));
}

function followJournal(key, store, rows) { // returns what the last entry says of each secret, by its name
  const secrets = new Map();
  let mac = Buffer.alloc(32), count = 0;
  for (const entry of rows("_journal", ["seq", "time", "operation", "version", "actor"], ["uid", "digest", "mac"])) {
    const { seq, time, operation, uid, version, actor, digest } = entry, id = uid.toString("hex");
    mac = hmac(key, mac, fields([u64(seq), u64(time), operation, uid, u64(version), actor, digest]));
    must(seq === ++count && same(mac, entry.mac), `entry ${count} of the journal was changed or removed`);
    const named = /^(?:create|rename) (.*)$/s.exec(operation);
    secrets.set(id, { uid, digest, name: named ? named[1] : secrets.get(id)?.name });
    if (digest.every((byte) => byte === 0)) secrets.delete(id);
  }
  must(same(mac, store.head_mac), "the end of the journal was removed");
  return new Map([...secrets.values()].map((secret) => [secret.name, secret]));
}

function rowsOf(file) { // returns what reads a table: texts and numbers as they are, and bytes; by the first column
  return (table, plain, binary, uid) => {
    const columns = [...plain, ...binary.map((column) => `hex(${column}) AS ${column}`)];
    const where = uid ? `WHERE uid = x'${uid.toString("hex")}'` : "";
    const query = `SELECT ${columns.join(", ")} FROM keychain_store${table} ${where} ORDER BY 1`;
    const found = execFileSync("sqlite3", ["-json", file, query], { encoding: "utf-8", maxBuffer: 2 ** 30 });
    const bytes = (row) => Object.fromEntries(binary.map((column) => [column, hex(row[column])]));
    return JSON.parse(found || "[]").map((row) => ({ ...row, ...bytes(row) }));
  };
}

const [file, ringFile, name] = process.argv.slice(2);
if (name !== undefined) process.stdout.write(readSecret(readRing(readFileSync(ringFile, "ascii")), rowsOf(file), name));
