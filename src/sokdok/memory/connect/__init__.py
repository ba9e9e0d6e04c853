"""Memory for other software: tools, MCP, LangChain."""
