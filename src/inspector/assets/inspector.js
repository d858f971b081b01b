const info = await (await fetch("/.cygnet/api/info")).json();
document.getElementById("served").textContent = `Cygnet ${info.version}: ${info.urls.join(", ")}`;
