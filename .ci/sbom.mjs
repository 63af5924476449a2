// Writes sbom.json (CycloneDX): everything that is installed with dfxterm, out of the lock file. `npm run sbom [file]`.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const { name } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const args = ["sbom", "--sbom-format=cyclonedx", "--sbom-type=application", "--package-lock-only"];
const stdio = ["ignore", "pipe", "ignore"];
const bill = JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8", stdio, maxBuffer: 64e6 }));
// npm takes the name of the folder.
bill.metadata.component.name = name;
// Its --omit=dev leaves out packages, too, that the program shares with a tool.
const isOfTools = ({ properties = [] }) => properties.some(({ name: what }) => what === "cdx:npm:package:development");
const tools = new Set(bill.components.filter(isOfTools).map((component) => component["bom-ref"]));
bill.components = bill.components.filter((component) => !tools.has(component["bom-ref"]));
bill.dependencies = bill.dependencies
  .filter(({ ref }) => !tools.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => !tools.has(other)) }));
for (const component of bill.components) {
  // From where this machine downloads says nothing about the package.
  component.externalReferences = (component.externalReferences ?? []).filter(({ type }) => type !== "distribution");
}
writeFileSync(process.argv[2] ?? "sbom.json", `${JSON.stringify(bill, null, 2)}\n`);
