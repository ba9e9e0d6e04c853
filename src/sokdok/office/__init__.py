"""Files of office programs and plain text as documents: what they say themselves, without a reader.

- `kinds` says what a file is, `file` opens it in a child process (`child`) and gives its pages one by one.
- A page is a sheet, a slide or a chapter; a file that has no such parts is one page. None has pixels: width and height
  are 0 and no block has a box.
- Each format has a reader (`docx`, `hwpx`, `plain` …), which fills a `flow.Flow` from a `package.Package` or a text.
- Nothing that a file names elsewhere is opened: no address, no linked picture, no macro.
"""
