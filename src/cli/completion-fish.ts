import {
  allNodes,
  type CommandNode,
  MEASUREMENT_NAME,
  type OptionNode,
  transitions,
  type ValueKind,
  valuesAmongCommands,
} from "./command-tree.js";

/** The completion for fish (3 and newer): a condition finds the command among the words before the cursor. */
export function completionFish(tree: CommandNode, stateDir: string): string {
  const nodes = allNodes(tree);
  const steps = transitions(tree).map(({ from, to }) => `            case ${from}\n                set at ${to}`);
  return `# Completion of dfxterm for fish; made by: dfxterm completion fish
function __dfxterm_at
    set -l at ''
    set -l isvalue 0
    for word in (commandline -opc)[2..-1]
        if test $isvalue = 1
            set isvalue 0
            continue
        end
        switch "$at $word"
            case ${valuesAmongCommands(tree).map(quoted).join(" ")}
                set isvalue 1
        end
        switch "$at/$word"
${steps.join("\n")}
        end
    end
    test "$at" = "$argv[1]"
end
function __dfxterm_measurements
    set -l state "${stateDir}"
    set -q DFXTERM_STATE_DIR; and set state $DFXTERM_STATE_DIR
    command ls -1 "$state/measurements" 2> /dev/null | string match -r '${MEASUREMENT_NAME}'
end
complete -c dfxterm -f
${nodes.flatMap(lines).join("\n")}
`;
}

function lines({ path, options, arguments: values, children }: CommandNode): string[] {
  const start = `complete -c dfxterm -n ${quoted(`__dfxterm_at '${path}'`)}`;
  const [value] = values;
  return [
    ...children.map(({ name, description }) => `${start} -a ${name} -d ${quoted(description)}`),
    ...(value && children.length === 0 ? [`${start} ${offer(value)}`] : []),
    ...options.map((option) => `${start} ${optionLine(option)}`),
  ];
}

function optionLine({ long, short, description, value }: OptionNode): string {
  const names = `-l ${long.slice(2)}${short === undefined ? "" : ` -s ${short.slice(1)}`}`;
  return `${names}${value ? ` -r ${offer(value)}` : ""} -d ${quoted(description)}`;
}

function offer(value: ValueKind): string {
  switch (value.kind) {
    case "words":
      return `-f -a ${quoted(value.words.join(" "))}`;
    case "file":
      return "-F";
    case "folder":
      return `-f -a ${quoted("(__fish_complete_directories)")}`;
    case "measurement":
      return `-f -a ${quoted("(__fish_complete_directories; __dfxterm_measurements)")}`;
    case "text":
      return "-f";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
