// Opens boxes and reads the keys of a store, as docs/reference/store-format.md describes them, or says what does not open.
// Needs Node.js 18 or newer; no packages.
import { createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

export const LABEL = "buildbot-keychain/1";
export const NOTHING = Buffer.alloc(0);
export const hex = (text) => Buffer.from(text, "hex");
const u32 = (number) => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(number); return bytes; };
export const u64 = (number) => { const bytes = Buffer.alloc(8); bytes.writeBigUInt64BE(BigInt(number)); return bytes; };
export const fields = (list) => Buffer.concat(list.flatMap((field) => [u32(Buffer.byteLength(field)), Buffer.from(field)]));
export const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
export const hmac = (key, ...bytes) => createHmac("sha256", key).update(Buffer.concat(bytes)).digest();
export const hkdf = (key, salt, info, length) => Buffer.from(hkdfSync("sha256", key, salt, info, length));
export const must = (holds, problem) => { if (!holds) throw new Error(problem); };
export const same = (one, other) => one.length === other.length && timingSafeEqual(one, other);

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
