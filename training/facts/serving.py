"""The server, those who use it, and Hearth inside other programs."""
from .kit import fact

fact("serve", "`hearth serve MODEL`", """
Use `hearth serve MODEL`. It answers over HTTP on port 8080; `--port N` picks another one.
Type `hearth serve MODEL`. The server listens on port 8080, and other programs can talk to it over HTTP.
""", """
[serve|host|offer|provide|publish|deploy|expose|share] <a model>
[serve|host|offer|expose] [<models>|it over http|a model over http|a model over the network|a model to other programs|a model as a service|a model on the web|a model locally]
[start|run|launch|open|set up|begin|host|get|bring up|spin up|boot|operate|put up] [a|the|my own] [server|http server|web server|api server|model server|inference server|service|backend|daemon]
[start|run|launch|open|offer|provide|expose|get|set up|build] [an api|an http api|the api|a web api|a rest api|an http interface|a local api|an openai api|a chat completions api]
[use|reach|call|access|query|ask|address] <a model> [over http|from other programs|from another program|over the network|from my app|from python|from javascript|from my code|with curl|with requests|through http|remotely]
put <a model> [behind an api|behind a server|behind http|online|on the network|into production]
[let|allow|make] [my app|other programs|my code|a script|a website|my web page|my editor|scripts] [use|talk to|ask|call|query] <a model>
replace [openai|chatgpt|the cloud|ollama serve] [by|with] [a local server|a local model]
""", """
[a server|an api|an http api|a rest api|an http server|the server|a web service|a local api server|a server mode|a backend for my app|an inference server|an openai compatible server|an http interface|a service in the background|something my app can call]
""", """
[my program|my script|our website|my bot|my code|our software] [needs|wants|should use|has to query|must call|wants to talk to|would like to query] [a model|a local model|an llm|the model|an http api]
[I am building|I write|we develop|I have] [an app|a web page|a website|a service|a bot|a plugin] [that needs a model|that uses an llm|on top of a local model]
[other programs|several programs|my scripts] should [use|share|reach|talk to] [the|one] model
I want to send requests with curl
""", """
what is hearth serve
what does hearth serve do
what does the serve command do
which port does the server use
what port does hearth serve [use|listen on]
what is the default port
where does the server listen
at which address is the server
hearth serve
serve
server
is there a daemon
""")

fact("serve_port", "`hearth serve MODEL --port {port}`", """
Use `hearth serve MODEL --port {port}`.
Type `hearth serve MODEL --port {port}`, and the server listens on port {port}.
""", """
[serve|host|offer|run|start] <a model> [on|at|with|through] port {port}
[use|choose|pick|set|take|open|bind|occupy] port {port} [for the server|for hearth|for the api|]
[start|run|launch|open|bring up|set up|have] [the|a|my] [server|api|service] [on|at|with] port {port}
[make|let|have|tell] [the server|hearth|it|the api] [listen|to listen|answer|run] [on|at] [port |]{port}
[change|move|switch|set] the [server's |]port to {port}
bind [the server|it|hearth] to [port |]{port}
listen [on|at] [port |]{port}
""", """
[port {port}|port {port} for the server|a server on port {port}|an api on port {port}|the api at port {port}|{port} as the port|a listener on {port}]
""", """
[the server|the api|it|hearth|my service] [must|should|has to|needs to|shall|ought to] [listen on|run on|use|be on|answer on|be reachable on|come up on] [port |]{port}
[my app|the client|the proxy|my program|everybody] [expects|wants|uses|looks for|connects to] [the server on |the api on |]port {port}
port {port} is [free|left|reserved for it|what I was given]
""", """
can the server [use|listen on|run on|take] port {port}
serve on port {port}
serve on {port}
port {port}
port={port}
server port {port}
can I have it on {port}
is port {port} possible
localhost:{port}
127.0.0.1:{port}
""")

fact("serve_other_port", "--port N", """
Say which port you want: `hearth serve MODEL --port N`.
Use `--port N`, as in `hearth serve MODEL --port N`. Without it the port is 8080.
""", """
[change|set|choose|pick|configure|define] [the|another|a different|a new|my own] port [of the server|for the server|of the api|]
serve on [another|a different|a free|my own|any free] port
[use|take|try|have] [another|a different|a free|some other] port
[run|start] two servers [side by side|on one machine|at once]
avoid port 8080
""", """
[another port|a different port|a free port|the port option|a port of my choice|some other port]
""", """
[port 8080|the port|8080|the default port|this port|that port] is [already in use|taken|busy|occupied|blocked|not free|used by another program|already bound|used by tomcat]
[something|another program|jenkins|another server|nginx] [already uses|sits on|occupies|listens on|has] [port 8080|the port|8080]
the server [does not start because of the port|says address already in use|cannot bind|fails with address in use]
""", """
address already in use
bind failed: address already in use
is the port fixed
why 8080
which option changes the port
""")

fact("serve_host", "--host", """
Use `hearth serve MODEL --host 0.0.0.0 --api-key K`. The server listens on every address, and asks for the key K.
Say `--host 0.0.0.0`, with a key: `hearth serve MODEL --host 0.0.0.0 --api-key K`. Else only this machine can connect.
""", """
[let|allow|permit|enable] [other machines|other computers|my phone|my colleagues' computers|another pc|devices in my house|the whole office] [use|to use|reach|to reach|connect to|to connect to|access|to access] [the|my] server
serve [<a model> |]to [the whole network|other machines|my local network|my lan|the office|all computers here|my home network]
[change|set|choose|give] the [host|address|ip address|bind address|listen address|interface] [of the server|for the server|]
[listen|be reachable|answer] on all [addresses|interfaces|network interfaces|ips]
[reach|use|open|access|call] [the server|the api|hearth] from [another computer|my phone|outside|a different machine|another room|my tablet|the internet|a virtual machine|a container|the lan]
bind [the server |]to 0.0.0.0
make the server public
""", """
[access from other machines|access from the network|access from my phone|a public server|the host option|remote access|the bind address|network access to the server|a server for the whole network]
""", """
[my phone|another computer|the other pc|my laptop|a second machine|my colleague|my tablet] [cannot reach|can't connect to|does not see|cannot open|gets no connection to] [the server|it|the api]
[the server|it|the api] [is only reachable here|only answers on localhost|works on this machine but not from others|only listens on 127.0.0.1]
connection refused from [another machine|my phone|outside]
""", """
what does --host do
how do other machines reach the server
0.0.0.0
does the server listen on the network
is the server open to [everybody|the network|the internet]
""")

fact("serve_key", "--api-key", """
Use `hearth serve MODEL --api-key K`. Then every request must bring the key K.
Start it with `hearth serve MODEL --api-key K`; requests without that key are refused.
""", """
[protect|secure|lock|guard|restrict|close|shield] [the|my] [server|api|endpoint|service]
[set|use|require|add|give|demand|configure|define] [an api key|a key|a password|an api-key|a secret|a token|authentication|credentials|a login] [for the server|for the api|for clients|]
keep [strangers|others|unknown people|intruders|guests] [out of|away from|off] [the|my] [server|api]
make [the server|it] [ask for|demand|require|check] [an api key|a key|a password|a token]
[allow|let in|admit] only [people with a key|my friends|those who know a password|known clients]
""", """
[an api key|a password for the server|authentication|keys for clients|a login|access control|a secret for the api|protection for my server|authorization|bearer tokens]
""", """
[anybody|everyone|anyone|strangers|everybody in the network] can use my [server|api]
[my server|the api] [is open to all|has no password|is unprotected|should be private]
someone else [uses|is using] my [server|model]
""", """
what does --api-key do
does the server support api keys
is the server [safe|secure|protected]
what does --api-key-file do
""")

fact("serve_parallel", "--parallel", """
Use `hearth serve MODEL --parallel N`, where N is how many requests are worked on at the same time.
Say `--parallel N`: `hearth serve MODEL --parallel N` answers N requests at once.
""", """
serve <several> <people> <at once>
[answer|handle|process|compute|work on|take] <several> [requests|questions|prompts|chats|queries] <at once>
<set> the number of [parallel|simultaneous|concurrent] [requests|users|slots|sequences]
[raise|increase|limit] [the concurrency|concurrency|the number of slots|how many requests run together]
[let|allow] <several> <people> [use|to use|ask] [the server|the model|it] <at once>
batch [requests|several requests]
""", """
[more than one request at once|parallel requests|concurrency|simultaneous users|several slots|batching|a server for many users|the --parallel option|concurrent requests|more slots]
""", """
[my whole team|our class|the whole family|a hundred students|all my colleagues] will use [the server|it] <at once>
[requests|users|people|my clients] [wait for each other|have to wait|queue up|stand in line|block each other]
the server [answers one after the other|does one thing at a time|only handles one request at a time]
""", """
what does --parallel do
how many [requests|users|clients|people] can [the server|it] [handle|serve|answer|take]
how many at once
does the server [do|support] batching
""")

fact("serve_many", "`hearth serve A.gguf B.gguf`", """
Name them one after the other: `hearth serve A.gguf B.gguf`.
Give the server all of them, as in `hearth serve A.gguf B.gguf`.
""", """
serve [two|several|many|more than one|multiple|three|different|both] [models|ggufs|llms|model files] [at once|at the same time|together|from one server|on one port|]
[start|run|launch] [the|one|a] server with [two|several|many|multiple|three|different] [models|ggufs|llms]
[offer|host|provide] [a choice of models|a big and a small model|a chat model and an embedding model|two models behind one address]
[add|load] [a second|another] model [to|into] the server
""", """
[several models on one server|two models at once|more than one model behind the api|a server with many models|a second model on the server|multi-model serving]
""", """
[I have|we need|there are|my app needs] [several|three|many|different] models [to serve|for the server|that should be served|behind one api]
clients [want|should be able] to choose between models
""", """
can [the server|hearth] [serve|host|hold|offer] [two|several|multiple|many|different] models
can one server have [several|two|many] models
does each model need its own server
""")

fact("client", "http://127.0.0.1:8080/v1", """
Give it the base address `http://127.0.0.1:8080/v1`. Start `hearth serve MODEL` first.
The base URL is `http://127.0.0.1:8080/v1`, once `hearth serve MODEL` runs.
""", """
[connect|point|configure|direct|set up|hook up|link] [an openai client|the openai library|the openai package|my client|open webui|langchain|an existing app|my openai code|the python client|continue|an openai program|the sdk] [to|with|for] [hearth|my server|the server|the local server]
[use|try] [the openai python package|the openai client|an openai client|openai's library|the openai sdk|langchain|existing openai code] with [hearth|the server|a local model]
<set> the [base url|base_url|api base|openai_base_url|endpoint url|base address|server address] [of my client|in my app|for the openai library|in the client|]
[replace|swap] the openai [address|url|endpoint] [with|by] [mine|a local one|hearth's]
find the [url|address|endpoint] of [the api|the server|hearth serve|chat completions]
""", """
[the base url|the api base|the address for clients|the url of the api|the endpoint url|the openai base url|the address of the local api|a base_url|the url to put into my app|the path for chat completions]
""", """
[my client|my app|the program|open webui|the openai library|the sdk] [asks for|wants|needs|expects|requires] [a base url|an api base|an endpoint|an address|a url]
[the server|hearth serve] is running and now my [client|app|program|python code] should [use|find|reach] it
I have [code|an app|a script] written for [openai|the openai api]
""", """
which [url|address|base url|endpoint] [do I use|do I give|goes into my client|does my client need|must I enter|is right]
what is the [base url|api url|address of the api|url of the server|endpoint]
what do I put as base_url
is the server compatible with openai
does it work with [open webui|langchain|the openai package|existing clients]
base url
""")

fact("metrics", "/metrics", """
The server has them under `/metrics`: `curl http://127.0.0.1:8080/metrics` shows numbers for Prometheus.
Ask `hearth serve` itself: `/metrics` has numbers in the form that Prometheus reads.
""", """
[monitor|watch|observe|supervise|measure|track|keep an eye on] [the|my|a running] [server|api|service]
[get|see|collect|scrape|read|export|show] [metrics|statistics|the server's numbers|server statistics|usage numbers|counters|the load of the server|stats]
[connect|use|set up] [prometheus|grafana|monitoring|a dashboard|alerts] [with|for] [hearth|the server]
[count|see] how many [requests|tokens] the server [has answered|made|handled|is working on]
""", """
[metrics|monitoring|prometheus metrics|server statistics|a dashboard|numbers about the server|grafana|usage statistics|telemetry of the server|counters of requests]
""", """
[I want|we want|I need|ops wants] to know how busy [the server|it] is
[our|my] [prometheus|grafana|monitoring] [should|has to|wants to] [scrape|watch|read] [the server|hearth]
""", """
does the server have metrics
where are the metrics
is there a metrics [endpoint|route|page]
how busy is [the|my] server
metrics
prometheus
""")

fact("library", "`hearth.h`", """
Link with `libhearth`: its header is `hearth.h`, five functions of C. `make install` installs both.
There is a C library: include `hearth.h`, link `libhearth`, and call the server's routes without a socket.
""", """
[use|embed|include|build in|call|integrate|link|put] hearth [in|inside|into|from|within] [my own program|a c program|my application|c++|my code|another program|an app as a library|rust|a c++ project|python without a server]
[link|build|compile] [against|with] [hearth|libhearth|the library|hearth's library]
[run|use] [a model|models] [inside my process|within my own program|without a server process|from c code|from c++|in-process]
call [hearth|the engine] as a [library|function|shared object]
""", """
[a library|a c api|a c library|the shared library|libhearth|bindings|a c header|language bindings|an embeddable version|a .so file|an sdk|the header file]
""", """
I don't want [a server|http|a separate process|a socket][, but a library|, just function calls| between my program and the model]
[my program|my app] is written in [c|c++|rust|go] [and should contain a model|and should call hearth directly|]
""", """
is hearth a library
is there a [library|c api|header|python binding|python package|shared library]
can I [link|embed|include] hearth
what is libhearth
what is hearth.h
""")
