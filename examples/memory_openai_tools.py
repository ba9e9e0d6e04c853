"""The same chat, in which the model looks up what has faded by itself: it searches and recalls exact turns.

OPENAI_API_KEY=… python examples/memory_openai_tools.py
"""

from openai import OpenAI

from sokdok import Memory
from sokdok.memory.tools import run_tool, tool_definitions

client, model, tools = OpenAI(), "gpt-4o", tool_definitions("openai")
ROUNDS = 5


def answer(memory: Memory) -> str:
    """Let the model look things up, then answer; what it looked up is not part of the conversation."""
    messages = memory.view(budget=8000, model=model).messages()
    for left in range(ROUNDS, -1, -1):
        choice = "auto" if left else "none"
        reply = client.chat.completions.create(model=model, messages=messages, tools=tools, tool_choice=choice)
        message = reply.choices[0].message
        if not message.tool_calls:
            break
        messages.append(message.model_dump(exclude_none=True))
        for call in message.tool_calls:
            found = run_tool(memory, call.function.name, call.function.arguments)
            messages.append({"role": "tool", "tool_call_id": call.id, "content": found})
    return message.content or ""


with Memory("chat.db") as memory:
    while text := input("> "):
        memory.add("user", text)
        said = answer(memory)
        memory.add("assistant", said)
        print(said)
