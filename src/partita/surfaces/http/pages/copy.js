// Copy buttons. Without this script the examples are there all the same, and select with one click.
for (const button of document.querySelectorAll(".copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.nextElementSibling.textContent);
    button.textContent = "Copied";
    document.getElementById("copied").textContent = "Copied to the clipboard";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
}
