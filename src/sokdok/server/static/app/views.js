// The views, in the order of the navigation. A module exports
//
//     mount(root, rest) → { update(rest), unmount() }
//
// `root` is an empty element of its own; `rest` are the parts of the address behind the view's name. `update` is called
// when only they change, `unmount` before another view or language: it ends requests and timers. A view's title is the
// text "<name>.title".

export const VIEWS = {
  read: () => import("./read/view.js"),
  figures: () => import("./figures/view.js"),
  compress: () => import("./compress/view.js"),
  memory: () => import("./memory/view.js"),
  about: () => import("./about/view.js"),
  api: () => import("./api/view.js"),
};

export const APART = new Set(["api"]); // views that others lead to, and not the navigation

export const FIRST = "read";
