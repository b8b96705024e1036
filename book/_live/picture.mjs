// Prints the picture of one live figure in its first state: node picture.mjs FIGURE [DATA.json]
import { readFileSync } from "node:fs";
import { picture } from "./kit/markup.mjs";

const [name, data] = process.argv.slice(2);
const { default: figure } = await import(new URL(`./figures/${name}.mjs`, import.meta.url));
process.stdout.write(picture(figure, data && JSON.parse(readFileSync(data, "utf-8"))));
