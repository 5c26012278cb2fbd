"""Profanity at a terminal of its own: logs in, writes to a person and into a room, and prints what the screen shows of it."""

import json
import os
import sys
import tempfile

import pexpect

jid, password, port, mode, peer, room, word = sys.argv[1:]


def say(**said):
    print(json.dumps(said), flush=True)


with tempfile.TemporaryDirectory() as home:
    places = {"HOME": home, "XDG_CONFIG_HOME": f"{home}/config", "XDG_DATA_HOME": f"{home}/data"}
    terminal = {"TERM": "xterm", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    screen = pexpect.spawn(
        "profanity", env={**os.environ, **places, **terminal}, dimensions=(40, 140), encoding="utf-8", timeout=30
    )
    if os.environ.get("TALK_LOG"):
        screen.logfile_read = open(os.environ["TALK_LOG"], "w")
    try:
        # Words without spaces: a terminal may be told to step over a space instead of being sent one.
        screen.expect("help")
        # It hears what is typed only once it has drawn its first screen.
        while screen.expect([r".+", pexpect.TIMEOUT], timeout=0.5) == 0:
            pass
        tls = "legacy" if mode == "direct" else "force"
        screen.sendline(f"/connect {jid} server localhost port {port} tls {tls}")
        screen.expect("password:")
        screen.sendline(password)
        screen.expect("logged")
        say(bound=jid)
        screen.sendline(f"/msg {peer} to-{word}")
        screen.expect(f"answer-to-{word}")
        say(heard=screen.match.group(0))
        screen.sendline(f"/join {room}")
        screen.expect("room-history-1")
        say(history=screen.match.group(0))
        screen.sendline(f"in-{word}")
        screen.expect(f"answer-in-{word}")
        say(room=screen.match.group(0))
        screen.sendline("/quit")
        screen.expect(pexpect.EOF)
    except (pexpect.TIMEOUT, pexpect.EOF) as error:
        say(error=type(error).__name__, screen=screen.before[-2000:])
    finally:
        screen.close(force=True)
