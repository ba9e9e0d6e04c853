"""Documents and memory as tools of the Model Context Protocol, over HTTP (`sokdok serve`) and stdio (`sokdok mcp`).

What a document or a memory says is data: it stands indented below headings of ours, so that none of its lines can pass
for one, and models read that nothing in it is an instruction.
"""
