import assert from "node:assert/strict";
import fc from "fast-check";
import { answered, BoshScene, ended, ping, turns } from "./bosh-scene.ts";

describe("XMPP over BOSH", () => {
  const scene = new BoshScene();

  it("begins with terms, a name and the features (XEP-0124 §7.2, XEP-0206 §4)", async () => {
    const { created } = await scene.begin("hold='5' wait='999' ver='1.6'");

    const { sid, wait, hold, requests, inactivity, polling, maxpause, ver, from, ack } = created.attrs;
    assert.match(sid!, /^[\w-]{24}$/);
    assert.deepEqual([wait, hold, requests, inactivity, polling, maxpause], ["60", "2", "3", "30", "2", "120"]);
    assert.deepEqual([ver, from, ack, created.attrs["xmpp:version"]], ["1.6", "localhost", "1000", "1.0"]);
    assert.match(created.toString(), /<stream:features .*<mechanisms /);
  });

  it("logs in, binds, talks, and ends in good order", async () => {
    const client = await scene.bound();

    const one = client.say(`<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>`);
    assert.match((await answered(one)).toString(), /<iq [^>]*type="result" id="p"/);
    const waiting = client.say("");
    const end = await answered(client.ask("type='terminate'", "<presence xmlns='jabber:client' type='unavailable'/>"));

    assert.deepEqual(ended(end), ["terminate", undefined]);
    assert.deepEqual(ended(await answered(waiting)), ["terminate", undefined]);
    assert.deepEqual(ended(await answered(client.say(ping("late")))), ["terminate", undefined]);
  });

  it("holds a request until there is something, or its time is over", async () => {
    const client = await scene.bound();
    const first = client.say("");
    await turns();
    const held = first.answers;

    scene.clock.advance(61_000);
    const empty = await answered(first);
    const second = client.say("");
    await turns();

    assert.deepEqual([held, empty.children.length, second.answers], [0, 0, 0]);
  });

  it("answers the one that waits when the client has something to say, so that no more are held than it wants", async () => {
    const client = await scene.bound();
    const first = client.say("");
    scene.clock.advance(5_000);

    const second = client.say("<presence xmlns='jabber:client'/>");
    await answered(first);

    assert.equal(second.answers + first.answers <= 2, true);
    assert.equal(first.answers, 1);
  });

  it("takes requests in their order, however they come (XEP-0124 §14.2)", async () => {
    const client = await scene.bound("hold='2'");
    const { rid } = client;

    const third = client.again(rid + 3, ping("3"));
    const second = client.again(rid + 2, ping("2"));
    await turns();
    const early = third.answers + second.answers;
    const first = client.again(rid + 1, ping("1"));
    const texts = (await answered(first)).toString();

    assert.deepEqual([early, second.answers + third.answers], [0, 0]);
    assert.deepEqual(
      [...texts.matchAll(/ id="(\d)"/g)].map(([, id]) => id),
      ["1", "2", "3"],
    );
  });

  it("gives the same answer to the same request again, and ends for one that it does not keep any more", async () => {
    const client = await scene.bound();
    const first = client.say(ping("1"));
    const text = (await answered(first)).toString();
    const { rid } = client;

    const again = await answered(client.again(rid, ping("1")));
    for (const id of ["2", "3", "4", "5"]) await answered(client.say(ping(id)));
    const tooOld = await answered(client.again(rid));
    const after = await answered(client.say(ping("6")));

    assert.equal(again.toString(), text);
    assert.deepEqual(ended(tooOld), ["terminate", "item-not-found"]);
    assert.deepEqual(ended(after), ["terminate", "item-not-found"]);
  });

  it("ends for a request id beyond the window (XEP-0124 §14.2)", async () => {
    const client = await scene.bound();

    const far = await answered(client.again(client.rid + 3));

    assert.deepEqual(ended(far), ["terminate", "item-not-found"]);
  });

  it("keeps what was in an answer that never arrived", async () => {
    const client = await scene.bound();
    const waiting = client.say("");
    waiting.break();
    const second = client.say(ping("p"));
    await turns();
    const before = waiting.reply;

    const replayed = await answered(client.again(client.rid - 1));

    assert.equal(before, undefined);
    assert.match(replayed.toString(), /id="p"/);
    assert.equal(second.answers, 0);
  });

  it("takes a client that asks for nothing for gone (XEP-0124 §10)", async () => {
    const client = await scene.bound();

    scene.clock.advance(31_000);
    await turns();
    const late = await answered(client.say(ping("p")));

    assert.deepEqual(ended(late), ["terminate", "item-not-found"]);
  });

  it("waits longer after a pause, whose answer is empty, and as long as ever after that", async () => {
    const client = await scene.bound();
    const waiting = client.say("");
    scene.clock.advance(5_000);

    const pause = client.ask("pause='100'");
    const [one, two] = [await answered(waiting), await answered(pause)];
    scene.clock.advance(90_000);
    const back = client.say(ping("p"));
    const answer = await answered(back);
    scene.clock.advance(31_000);
    const late = await answered(client.say(ping("q")));

    assert.deepEqual([one.children.length, two.children.length], [0, 0]);
    assert.match(answer.toString(), /id="p"/);
    assert.deepEqual(ended(late), ["terminate", "item-not-found"]);
  });

  it("answers every request once and every payload in order, whatever breaks and is asked again", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ breaks: fc.boolean(), waits: fc.nat(3) }), { maxLength: 12 }),
        async (steps) => {
          const client = await scene.bound();
          const heard: string[] = [];
          const said: string[] = [];
          for (const [at, { breaks, waits }] of steps.entries()) {
            const id = `n${at}`;
            said.push(id);
            let request = client.say(ping(id));
            if (breaks) {
              for (let i = 0; i < waits; i++) await new Promise(setImmediate);
              request.break();
              if (request.reply === undefined || request.broken) request = client.again(client.rid, ping(id));
            }
            const answer = await answered(request);
            heard.push(...[...answer.toString().matchAll(/ id="(n\d+)"/g)].map(([, found]) => found!));
            scene.clock.advance(2_000);
          }
          const rest = await answered(client.ask("type='terminate'"));
          heard.push(...[...rest.toString().matchAll(/ id="(n\d+)"/g)].map(([, found]) => found!));
          assert.deepEqual(heard, said);
        },
      ),
      { numRuns: 20 },
    );
  });
});
