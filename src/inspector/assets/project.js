// The folder of the project: paths are shown as seen from there.

let folder = "";

export function setProject(path) {
  folder = path ?? "";
}

export function fromProject(path) {
  const isBelow = folder !== "" && path?.startsWith(folder) && /^[/\\]/.test(path.slice(folder.length));
  return isBelow ? path.slice(folder.length + 1) : path;
}
