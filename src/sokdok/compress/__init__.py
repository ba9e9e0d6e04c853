"""Texts as pages: what they cost, how much comes back when they are read, and asking any endpoint about files so.

    question, files ─ attach ─▶ Attachment, one a file: pictures or text ─ ask ─▶ Prompt ─▶ Reply, streamed

- `attach` decides what of each file is sent: a text as it is, or drawn on pages (`pages`) where those cost fewer
  tokens; a PDF or image as pictures of its pages, or as its text layer where that is cheaper and nothing is lost.
- `ask` puts them into one message: a preamble if pages were drawn, each file by its name if there are several, the
  question last. Nothing but that is sent.
- `legibility` knows which glyphs a model can read, and measures it.
- `one_text` draws one text as pages; `fidelity` measures how much of it came back.
"""
