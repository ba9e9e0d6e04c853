"""Chat with a memory: however long the conversation gets, a request holds at most 8,000 tokens of it.

pip install sokdok openai
OPENAI_API_KEY=… python examples/memory_openai.py       # OPENAI_BASE_URL for any other compatible endpoint
"""

from openai import OpenAI

from sokdok import Memory

client, model = OpenAI(), "gpt-4o"
with Memory("chat.db") as memory:
    while text := input("> "):
        memory.add("user", text)
        view = memory.view(budget=8000, model=model)
        reply = client.chat.completions.create(model=model, messages=view.messages())
        answer = reply.choices[0].message.content or ""
        memory.add("assistant", answer)
        print(answer)
