import type { Askable, TerminalAnswers } from "./capability.js";
import { CELL_QUESTIONS, type CellQuestion, type CellSize, type ScreenSize } from "./cell-size.js";
import type { InputEvent } from "./key-splitter.js";
import { Keyboard } from "./keyboard.js";
import type { TerminalInput, TerminalOutput } from "./terminal-port.js";

// What the terminal says of itself, asked once before anything is drawn. The last question is one that every terminal
// answers (its kind, DA1): when that answer is there, no other is still to come.
//
//   question                                        answer
//   CSI > q                  name and version       DCS > | text ST
//   CSI 16 t                 size of a cell         CSI 6 ; height ; width t
//   CSI 14 t                 size of all cells      CSI 4 ; height ; width t
//   CSI ? 1 ; 1 ; 0 S        colours of sixels?     CSI ? 1 ; 0 ; number S
//   CSI ? 2 ; 1 ; 0 S        room for sixels?       CSI ? 2 ; 0 ; width ; height S      of all cells, or less
//   SGR, then DCS $ q m ST   is that colour set?    DCS 1 $ r ... 48:2: ... m ST
//   a half block, CSI 6 n    where is the cursor?   CSI row ; column R       column 2: one character, so UTF-8
//   APC G ... ST             kitty's pictures?      APC G i=31 ; OK ST
//   CSI c                    what are you?          CSI ? ... c              with 4: sixels

const ESC = "\u001B";
const BEL = "\u0007";
const TEST_COLOR = "1;2;3";

function questionsFor({ colors, unicode, strings }: Askable): string {
  return [
    "\u001B[>q",
    ...CELL_QUESTIONS.map(({ text }) => text),
    "\u001B[?1;1;0S",
    colors && strings ? `\u001B[48;2;${TEST_COLOR}m\u001BP$qm\u001B\\\u001B[m` : "",
    // The line that the shell has left empty; it is empty again after that.
    unicode ? "\r\u2580\u001B[6n\r\u001B[K" : "",
    strings ? "\u001B_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\u001B\\" : "",
    "\u001B[c",
  ].join("");
}

/** While answers come, they are waited for so many times as long. */
const SLOW_LINE = 3;

export interface Probed {
  readonly answers: TerminalAnswers;
  /** What was pressed in the meantime. */
  readonly early: readonly InputEvent[];
  /** The last answer has not come in time; it may still come, and be taken for what is typed. */
  readonly isDue: boolean;
}

/**
 * Asks the terminal; resolves with the last answer, or when none came for `limitMs`. The keyboard stays in raw mode:
 * whoever takes it over next finds it so.
 */
export async function askTerminal(
  stdin: TerminalInput,
  stdout: TerminalOutput,
  askable: Askable,
  limitMs: number,
  nowMs: () => number,
): Promise<Probed> {
  const early: InputEvent[] = [];
  const replies: string[] = [];
  let firstMs: number | undefined;
  const askedMs = nowMs();
  await new Promise<void>((resolve) => {
    let timer = setTimeout(finish, limitMs);
    const keyboard = new Keyboard(stdin, (event) => {
      if (event.kind !== "reply") {
        early.push(event);
        return;
      }
      firstMs ??= nowMs();
      replies.push(event.text);
      if (isLastAnswer(event.text)) return finish();
      // A slow line brings one after the other.
      if (nowMs() - askedMs > limitMs * SLOW_LINE) return;
      clearTimeout(timer);
      timer = setTimeout(finish, limitMs);
    });
    function finish(): void {
      clearTimeout(timer);
      keyboard.release();
      resolve();
    }
    keyboard.open();
    stdout.write(questionsFor(askable));
  });
  const distanceMs = firstMs === undefined ? undefined : firstMs - askedMs;
  return { answers: { ...answersIn(replies, stdout), distanceMs }, early, isDue: !replies.some(isLastAnswer) };
}

const DEVICE_KIND = /\[\?([\d;]*)c$/;

/** The answer to the last question: no other is still to come. */
export function isLastAnswer(reply: string): boolean {
  return DEVICE_KIND.test(reply);
}

const NAME = new RegExp(`P>\\|([\\s\\S]*?)(?:${ESC}\\\\|${BEL})$`);
const REGISTERS = /\[\?1;0;(\d+)S$/;
const CURSOR = /\[\d+;(\d+)R$/;
const KITTY = /_Gi=31;OK/;
// With colons or semicolons, with or without the number of the colour space.
const COLOR = /P1\$r[\d:;]*48[:;]2[:;](?:\d*[:;])?1[:;]2[:;]3/;
const SIXEL = "4";

/** What a set of answers means; an answer that is missing proves nothing, but for those that DA1 should have come after. */
export function answersIn(replies: readonly string[], size: ScreenSize = {}): TerminalAnswers {
  const found = (pattern: RegExp): RegExpExecArray | undefined => {
    for (const reply of replies) {
      const match = pattern.exec(reply);
      if (match) return match;
    }
    return undefined;
  };
  const kind = found(DEVICE_KIND);
  const cursor = found(CURSOR);
  const cellIn = (question: CellQuestion): CellSize | undefined =>
    replies.map((reply) => question.answer(reply, size)).find((cell) => cell !== undefined);
  const cellQuestion = CELL_QUESTIONS.find((question) => cellIn(question) !== undefined);
  return {
    name: found(NAME)?.[1],
    cell: cellQuestion && cellIn(cellQuestion),
    cellQuestion,
    registers: Number(found(REGISTERS)?.[1] ?? 0) || undefined,
    // A negative answer proves nothing: some terminals always say that no colour is set.
    truecolor: found(COLOR) ? true : undefined,
    unicode: cursor ? cursor[1] === "2" : undefined,
    kitty: kind ? found(KITTY) !== undefined : undefined,
    sixel: kind ? (kind[1] ?? "").split(";").includes(SIXEL) : undefined,
  };
}
