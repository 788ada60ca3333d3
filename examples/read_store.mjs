// Prints a secret of a store in SQLite, as docs/reference/store-format.md describes it, or says what does not open.
// Run: node read_store.mjs secrets.sqlite RING NAME. Needs the program sqlite3.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { LABEL, NOTHING, fields, hex, hkdf, hmac, must, openBox, readRing, same, sha256, u64, unpad } from "./open_boxes.mjs";

function readSecret(ring, rows, name) {
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
