#!/usr/bin/env python3
"""Runs the clients that people use against the real server, with the built-in model and a template that shows it tools.

    tests/clients/run.py build/hearth build/clients [NAME...]

Installs them, in the versions below, into the second folder: that needs the network, once. Each script is told by the
environment where the server is, and says on a line of its own what it has seen: chat, streaming, tools, structured
output, embeddings, errors, time-outs, cancellation. It ends with another status than 0 if something was otherwise.
"""
import os
import pathlib
import subprocess
import sys
import threading
import venv

PYTHON = ["openai==2.54.0", "anthropic==2.12.0", "ollama==0.6.3", "litellm==1.106.2",
          "langchain-openai==1.7.3", "langchain-anthropic==1.7.7",
          "mcp==2.3.0"]  # litellm takes it when there are tools
NODE = ["openai@6.49.0", "@anthropic-ai/sdk@1.12.0", "ollama@0.6.4"]
HERE = pathlib.Path(__file__).resolve().parent


def install(folder):
    wanted = "\n".join(PYTHON + NODE)
    stamp = folder / "installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    python = folder / "python"
    if not python.exists():
        venv.create(python, with_pip=True)
    subprocess.run([python / "bin/pip", "install", "--quiet", *PYTHON], check=True)
    node = folder / "node"
    node.mkdir(parents=True, exist_ok=True)
    (node / "package.json").write_text('{"private": true, "type": "module"}\n')
    subprocess.run(["npm", "install", "--no-fund", "--no-audit", "--silent", *NODE], cwd=node, check=True)
    stamp.write_text(wanted)


def start(program, folder):
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "HOME": str(home), "HEARTH_HOME": str(home)}
    server = subprocess.Popen([program, "serve", "--port", "0", "--parallel", "8", "--api-key", "secret",
                               "--chat-template", HERE / "tools.jinja"],
                              stderr=subprocess.PIPE, text=True, env=environment)
    for line in server.stderr:
        if "hearth serves" in line and "127.0.0.1:" in line:
            return server, int(line.rsplit("127.0.0.1:", 1)[1].strip().strip("/"))
    sys.exit("the server has not started")


def main():
    program, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    install(folder)
    server, port = start(program, folder)
    # It says a line for each request; nobody reads them, and it must not wait for that.
    lines = []
    threading.Thread(target=lambda: lines.extend(server.stderr), daemon=True).start()
    environment = {**os.environ, "HEARTH_URL": f"http://127.0.0.1:{port}", "HEARTH_KEY": "secret",
                   "HEARTH_MODEL": "hearth-tiny", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    wrong = []
    names = sys.argv[3:] or sorted(path.name for path in HERE.iterdir() if path.suffix in (".py", ".mjs"))
    for name in names:
        if name in ("run.py", "checks.py"):
            continue
        script = HERE / name
        if script.suffix == ".py":
            command, where = [folder / "python/bin/python", script], folder
        else:
            # Modules are looked for where a script lies.
            copy = folder / "node" / name
            copy.write_bytes(script.read_bytes())
            command, where = ["node", copy], folder / "node"
        done = subprocess.run(command, cwd=where, env=environment, timeout=300)
        print(f"{name}: {'ok' if done.returncode == 0 else 'WRONG'}", flush=True)
        if done.returncode != 0 or server.poll() is not None:
            wrong.append(name)
    server.terminate()
    status = server.wait(timeout=60)
    if status != 0:
        wrong.append(f"the server ended with {status}")
        sys.stderr.writelines(lines[-20:])
    sys.exit(f"wrong: {', '.join(wrong)}" if wrong else 0)


if __name__ == "__main__":
    main()
