import { array, assert, constantFrom, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { KeySplitter } from "../../src/view/key-splitter.js";

/** Pushes the pieces one after the other, then lets the time run out; one word per event. */
function check(pieces: readonly string[], expected: readonly string[]): void {
  expect(wordsOf(pieces)).toEqual(expected);
}

function wordsOf(pieces: readonly string[]): string[] {
  const splitter = new KeySplitter();
  const events = [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.release()];
  return events.map((event) => {
    if (event.kind === "mouse") return `${event.action}:${event.column},${event.row}`;
    return event.kind === "key" ? event.key : `${event.kind}:${event.text}`;
  });
}

describe("keys", () => {
  test("that arrive together are told apart", () => {
    check(["jjq"], ["j", "j", "q"]);
    check(["\u007F\u007F"], ["backspace", "backspace"]);
    check(["s\u001B[Ay"], ["s", "up", "y"]);
  });

  test("have names when they are no characters", () => {
    check(["\r\t\b\u0003\u000C"], ["enter", "tab", "backspace", "ctrl-c", "ctrl-l"]);
    check(["\u001BOA\u001B[B\u001B[1;5C\u001B[5~\u001B[3~"], ["up", "down", "right", "pageup", "delete"]);
    check(["\u001Bx"], ["alt-x"]);
    check(["é", "👍"], ["é", "👍"]);
  });

  test("that have no name are swallowed, not taken apart", () => {
    check(["\u001B[15~\u001BOPq"], ["q"]);
    // F1 of a Linux console.
    check(["\u001B[[A", "\u001B[", "[Eq"], ["q"]);
  });
});

describe("keys that another program left coded", () => {
  test("are those that were pressed", () => {
    check(["\u001B[115u\u001B[113;1u\u001B[63;1:2u"], ["s", "q", "?"]);
    check(["\u001B[27u\u001B[13u\u001B[9;2u\u001B[127u"], ["escape", "enter", "shift-tab", "backspace"]);
    check(["\u001B[27;5;99~\u001B[27;2;63~"], ["ctrl-c", "?"]);
    check(["\u001B[1;1:1A\u001B[6;5~\u001B[1;2D"], ["up", "pagedown", "left"]);
  });

  test("have their modifiers, but for locks", () => {
    check(["\u001B[99;5u\u001B[122;133u\u001B[120;3u"], ["ctrl-c", "ctrl-z", "alt-x"]);
    check(["\u001B[121;2u\u001B[47:63;2u\u001B[47;2;63u"], ["Y", "?", "?"]);
    check(["\u001B[99;9u\u001B[99;6u\u001B[47;2u"], []);
  });

  test("press nothing when they are let go, or write nothing", () => {
    check(["\u001B[113;1:3u\u001B[1;1:3A\u001B[57441;2u\u001B[u\u001B[1114112u\u001B[0;5u"], []);
    check(["\u001B[11", "3uy"], ["q", "y"]);
    check(["\u001B[?1u"], ["reply:\u001B[?1u"]);
  });
});

describe("Esc", () => {
  test("alone is a key once nothing follows", () => {
    const splitter = new KeySplitter();
    expect(splitter.push("\u001B")).toEqual([]);
    expect(splitter.holds).toBe("escape");
    expect(splitter.release()).toEqual([{ kind: "key", key: "escape" }]);
    expect(splitter.holds).toBe("nothing");
  });

  test("and the rest of its sequence are joined over a slow link", () => {
    check(["\u001B", "[", "A"], ["up"]);
    check(["\u001B[1;", "5D"], ["left"]);
  });

  test("twice is two keys", () => {
    check(["\u001B\u001B"], ["escape", "escape"]);
  });

  test("followed by half a sequence is dropped when the rest never comes", () => {
    check(["\u001B[20"], []);
  });
});

describe("what the terminal says by itself", () => {
  test("is a reply, whatever letters are in it", () => {
    check(["\u001B[0n"], ["reply:\u001B[0n"]);
    check(["\u001B[12;40R\u001B[?1;2c"], ["reply:\u001B[12;40R", "reply:\u001B[?1;2c"]);
    check(["\u001B]11;rgb:1414/1616/1b1b\u0007q"], ["reply:\u001B]11;rgb:1414/1616/1b1b\u0007", "q"]);
    check(["\u001BP>|tmux 3.3a\u001B\\"], ["reply:\u001BP>|tmux 3.3a\u001B\\"]);
    check(["\u001BP>|tm", "ux q 3.3a\u001B", "\\"], ["reply:\u001BP>|tmux q 3.3a\u001B\\"]);
  });

  test("of the mouse is where it was clicked and which way it was turned", () => {
    check(["\u001B[<0;10;5M\u001B[<0;10;5m"], ["press:9,4"]);
    check(["\u001B[<64;300;1M\u001B[<6", "5;1;99M"], ["wheel-up:299,0", "wheel-down:0,98"]);
    check(["\u001B[<16;2;2M\u001B[<2;2;2M\u001B[<35;2;2M"], ["press:1,1"]);
  });

  test("about an old mouse or the focus is swallowed", () => {
    check(["\u001B[M !!\u001B[I\u001B[O"], []);
  });
});

test("of a paste that is longer than anything typed the rest presses nothing either", () => {
  const splitter = new KeySplitter();
  const events = ["\u001B[200~", "x".repeat(70_000), "cy".repeat(40_000), "\u001B[20", "1~q"].flatMap((piece) =>
    splitter.push(piece),
  );
  expect(events).toEqual([
    { kind: "paste", text: "x".repeat(65_536) },
    { kind: "key", key: "q" },
  ]);
});

test("a control string that is not ended is over with the next control character", () => {
  check(["\u001BP>|garbled", "\u001B[0n", "q"], ["reply:\u001B[0n", "q"]);
  check(["\u001B]", "abc\u0003"], ["ctrl-c"]);
  check(["\u001B_Gi=31;OK", "\u001B", "\\q"], ["reply:\u001B_Gi=31;OK\u001B\\", "q"]);
});

test("a paste is one event and presses nothing", () => {
  check(["\u001B[200~quit y\n\u001B[A\u001B[201~s"], ["paste:quit y\n\u001B[A", "s"]);
  check(["\u001B[200~qu", "it\u001B[20", "1~"], ["paste:quit"]);
});

test("any bytes, cut anywhere, give the same events and never hang", () => {
  const piece = constantFrom(
    "\u001B",
    "[",
    "A",
    "q",
    "0",
    "n",
    ";",
    "\u0007",
    "\\",
    "]",
    "P",
    "200~",
    "201~",
    "<0;3;4M",
    "é",
  );
  assert(
    property(array(piece, { maxLength: 30 }), (pieces) => {
      expect(wordsOf(pieces)).toEqual(wordsOf([pieces.join("")]));
    }),
    { seed: 7, numRuns: 500 },
  );
});
