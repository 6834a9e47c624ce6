// A chat over the application interface of `coterie peer --serve`: node chat.mjs GROUP [NAME] [HOST:PORT]
// The token comes from the file that COTERIE_TOKEN_FILE names. No dependencies; the lines are described in
// schemas/application.schema.json.
import { createConnection } from "node:net";
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";

const [group, name = "node", at = "127.0.0.1:4501"] = process.argv.slice(2);
const file = process.env.COTERIE_TOKEN_FILE;
if (!group || !file) {
  console.error("usage: COTERIE_TOKEN_FILE=FILE node chat.mjs GROUP [NAME] [HOST:PORT]");
  process.exit(2);
}
const token = readFileSync(file, "utf8").trim();
const [, host, port] = at.match(/^\[?(.*?)\]?:(\d+)$/);
const waiting = new Map(); // commands without an answer, by ref: said again after a reconnection
let session, socket, greeted = false, last = 0, ref = 0, attempts = 0, typed = false, ended = false;

const say = (line) => socket.write(JSON.stringify(line) + "\n");
const command = (line) => { waiting.set(++ref, { ...line, ref }); if (greeted) say(waiting.get(ref)); };
const show = (text) => console.log(text.replace(/[\p{Cc}\p{Cf}]/gu, "?"));
const fail = (why) => { console.error(`chat: ${why}`); process.exit(4); };
const names = (members) => members.map((each) => each.name || each.node.slice(0, 8)).join(", ");
const finish = () => { if (greeted && !ended) { ended = true; say({ do: "disconnect" }); } };

function connect() {
  socket = createConnection({ host, port: Number(port) });
  socket.on("connect", () => say({ do: "connect", token, ...(session ? { session, last } : { name }) }));
  createInterface({ input: socket }).on("line", (line) => told(JSON.parse(line))).on("error", () => {});
  socket.on("error", () => {}); // "close" follows
  socket.on("close", () => {
    if (ended) process.exit(0);
    greeted = false;
    if (++attempts > 10) fail(`the server at ${at} cannot be reached`);
    setTimeout(connect, 200 * attempts);
  });
}

function told(line) {
  last = line.id ?? last;
  if (line.say === "connected") {
    greeted = true; attempts = 0; session = line.session;
    for (const each of waiting.values()) say(each);
  } else if (line.say === "data") show(`${names([line.sender])}: ${line.text ?? line.data}`);
  else if (line.say === "membership") show(`* here: ${names(line.members) || "nobody"}`);
  else if (line.say === "gap") show(`* ${line.last - line.first + 1} lines were missed`);
  else if (line.say === "refused") fail(line.why);
  else if (line.say === "bye" && !ended && !greeted) fail(line.why);
  if (line.say === "done") waiting.delete(line.ref);
  if (typed && waiting.size === 0) finish();
}

command({ do: "join", group, create: true });
createInterface({ input: process.stdin })
  .on("line", (text) => command({ do: "send", group, text }))
  .on("close", () => { typed = true; if (waiting.size === 0) finish(); });
process.on("SIGINT", () => { if (greeted) finish(); else process.exit(0); });
connect();
