// What OpenAI's client and the AI SDK are answered by the server whose address is given: as one line of JSON.

import OpenAI from "openai";
import { generateText, streamText } from "ai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";

const baseURL = `${process.argv[2]}/v1`;
const apiKey = "any";
const pdf = Buffer.from("pages=3");
const filename = "연보.pdf";

const file = { type: "file", file: { filename, file_data: `data:application/pdf;base64,${pdf.toString("base64")}` } };
const client = new OpenAI({ baseURL, apiKey });
const { choices } = await client.chat.completions.create({ model: "fake", messages: [{ role: "user", content: [file] }] });

const model = createOpenAICompatible({ name: "sokdok", baseURL, apiKey }).chatModel("fake");
const asking = (...content) => ({ model, messages: [{ role: "user", content }] });
const picture = { type: "image", image: new Uint8Array(Buffer.from("글자")), mediaType: "image/png" };
const pictured = asking({ type: "text", text: "Free OCR." }, picture);
const { text } = await generateText(pictured);
let streamed = "";
for await (const piece of streamText(pictured).textStream) streamed += piece;
const read = await generateText(asking({ type: "file", data: new Uint8Array(pdf), mediaType: "application/pdf", filename }));

console.log(JSON.stringify([choices[0].message.content, text, streamed, read.text]));
