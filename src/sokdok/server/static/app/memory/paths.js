// Addresses of conversations.

/** Of a conversation, whose name may hold anything but an empty part. */
export function pathOf(name) {
  return `/v1/memory/conversations/${name.split("/").map(encodeURIComponent).join("/")}`;
}
