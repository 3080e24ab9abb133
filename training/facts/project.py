"""The project: building it, what it is, where things come from."""
from .kit import fact

fact("make_run", "`make run`", """
Type `make run` in the repository. It installs what is missing, builds, and starts the built-in model.
Use `make run`. It builds everything, and the program is then `build/hearth`.
""", """
[start|begin|get going] [with hearth|quickly|from nothing|with this project|with this repository]
[build|compile|set up|try|make] [hearth|this project|the program]
[build|compile] [it|the program|this|from source|the project|the sources|the code|everything]
[get|take|do] [started|the first steps|my first steps|the first step]
go from [a fresh clone|the sources|nothing] to a running [program|model|hearth]
""", """
[first steps|a quick start|build instructions|instructions for building|the first command|a binary from the sources|the compiled program|a getting started guide|the build]
""", """
I [just downloaded|just checked out|have checked out|got|have] [the sources|the source code|the repository|the code|this repo] [and now|and don't know how to begin|and want to try it|what next|]
[I want|I'd like] to try hearth for the first time
there is no binary [yet|]
""", """
how do I get started
where do I start
what should I do first
what does make run do
how is hearth [built|made|compiled from source]
what comes first
how does the build work
where is the [binary|program|executable] [after the build|]
which [packages|libraries|dependencies] [does it need|are needed|do I need] [to build|]
getting started
build
compile
make
""")

fact("make_test", "`make test`", """
Type `make test`. It builds and runs every test.
Use `make test` in the repository. It ends with a summary of all the tests.
""", """
[run|start|execute|launch|do] [the|all|all the|every one of the] [tests|unit tests|test suite|checks]
test [hearth|the build|the program|everything|my changes|the project|the code|what I changed]
[see|check|make sure|find out|prove|verify] [that everything works|if it works|that the build is good|that all tests pass|that I broke nothing|that my change is right|whether my build is ok]
""", """
[the tests|a test run|the test suite|unit tests|a self check of the build|proof that it works|a summary of all tests]
""", """
I [changed|edited|patched|touched] [the code|something|a file|the sources] [and want to know if it still works|and want to test it|]
""", """
what does make test do
are there tests
where are the tests
does everything work
is the build [ok|good|correct]
do all tests pass
tests
test
""")

fact("install", "`make install`", """
Type `make install`. It puts the program, the library and its header under /usr/local; `make install PREFIX=DIR` chooses another folder.
Use `make install`, or `make install PREFIX=DIR` for another place than /usr/local.
""", """
install [hearth|the program|it|hearth on my system|hearth for all users|hearth in /usr/local|it for everybody|the binary|hearth permanently|it system-wide|hearth in my home folder]
[put|copy|get|place] [hearth|the program|the binary] [into my path|in /usr/local/bin|in /usr/bin|into the system|under another prefix|where I can call it from anywhere]
[call|use|start] hearth from [any folder|anywhere|every directory|outside the repository]
[choose|set|change] [the install folder|the prefix|where it is installed]
""", """
[an installation|a system-wide installation|hearth in my path|an install target|the install command|another install prefix|hearth for all users]
""", """
[hearth|the command] is [not in my path|only in build|not found by the shell]
my shell says command not found
bash: hearth: command not found
""", """
what does make install do
how is hearth installed
where is hearth installed
where does make install put [it|things|the program]
can I install [it|hearth] without root
install
hearth: command not found
""")

fact("what_hearth", "Hearth is", """
Hearth is a program that runs language models on your own machine. Start with `hearth run`, or `hearth serve` for a server.
Hearth is a runtime for open-weight language models, written in C++. It can run, serve, convert and quantize them.
""", """
understand what [hearth|this] is
[learn|know|hear] [about hearth|what hearth is|more about hearth|what this program does]
explain hearth to [a friend|my boss|my mother]
""", """
[the purpose of hearth|an introduction to hearth|the idea behind hearth|a description of hearth|a summary of hearth]
""", """
I don't know what [hearth|this] is
I have never heard of hearth
I found hearth and wonder what it is
""", """
what is hearth
what's hearth
what is this [hearth|thing|software|tool]
what is this program
tell me about hearth
what does hearth do
what is hearth [for|good for|all about|made for|useful for]
what can [hearth|this program] do
[explain|describe|introduce] hearth
what are you running on
who is hearth
what kind of [program|software|tool|thing] is [this|hearth]
why [should I use|would I use|use] hearth
what are the features of hearth
is hearth like [ollama|llama.cpp|vllm]
in which language is hearth written
hearth
about hearth
""")

fact("builtin", "`training/`", """
I was trained from nothing by the scripts in `training/`, on stories and answers that those scripts write themselves.
My weights come from the scripts in `training/`: they write little stories and answers about Hearth, and train me on them.
""", """
[train|change|rebuild|retrain|remake|modify|reproduce] [the built-in model|you|you again|your weights|the built in model|the small model|a model like you|hearth-tiny]
<find out> [how you were made|how you were trained|where you come from|how you came to be|where your text comes from]
""", """
[your training data|the training of the built-in model|your training scripts|the source of your weights|your origin|the recipe of the built-in model|your data set]
""", """
I wonder [where you come from|how you were made|what you were trained on]
I want to [train you myself|make a model like you]
""", """
where does the built-in model come from
where do you come from
how were you [made|trained|built|created|born]
who [trained|built|created] you
who is your [maker|creator|author|father]
what were you trained on
what is the built-in model
what is hearth-tiny
where do your weights come from
what is your training data
are you open source
how long did your training take
did you read the internet
who wrote your stories
can I train you
""")

fact("licence", "MIT", """
Hearth is free, under the MIT licence, and so is the built-in model.
It costs nothing: Hearth and the built-in model are under the MIT licence.
""", """
[use|share|sell|change|copy|redistribute|modify|distribute|ship] hearth [freely|for free|at work|in my company|in a product|commercially|in a commercial product|with my app]
[know|see|read] the [licence|license|terms|conditions]
pay for hearth
""", """
[the licence|the license|the terms of use|the price|permission to use it|a licence|the copyright|the legal conditions]
""", """
[my boss|our lawyer|the legal department] [asks|wants to know] about the [licence|license]
I [want|plan] to [sell a product with hearth|use hearth in my company|share hearth]
""", """
what is the [licence|license]
which [licence|license] does hearth have
what kind of [licence|license] is it
is hearth [free|open source|free software|gratis|proprietary|for free]
what does it cost
how much does hearth cost
is it free
do I have to pay
may I [use|sell|change|copy|share] [it|hearth]
can I use hearth [commercially|at work|for free|in a product]
who owns hearth
licence
license
""")

fact("help", "`hearth --help`", """
Type `hearth --help` to see all commands. The main ones are `hearth run`, `hearth serve`, `hearth inspect` and `hearth quantize`.
`hearth --help` lists the commands, and each has its own help, as in `hearth run --help`.
""", """
[get|see|find|read|show|open|print] [help|the help|all commands|all options|a list of commands|the options|more help|the help text|the usage|the manual|the list of options]
[list|see|learn|know] [all|the|all the] [commands|options|subcommands|flags]
learn [all the commands|the commands|more about the commands|which options a command has]
<find out> [which options there are|which commands exist|what a command can do|what an option means]
""", """
[help|the help|a list of commands|all commands|the manual|the documentation|a man page|the usage text|all options|help on a command|a cheat sheet]
""", """
I [don't know|forgot] [the commands|which commands there are|the options|what commands exist]
I [need|want] help with the commands
""", """
help
--help
which commands are there
what commands [does hearth have|are there|exist|do you know]
what are the commands
list all commands
where is the [help|manual|documentation|reference]
what options are there
what else can hearth do
is there a manual
commands
usage
""")

fact("privacy", "your own machine", """
Everything runs on your own machine. The internet is only needed to fetch models by name.
Nothing leaves your own machine. Only fetching a model, as with `hearth pull`, needs the internet.
""", """
keep my [data|text|chats|documents|prompts|conversations] [private|secret|safe|to myself|on my machine]
[use|run] hearth [offline|without internet|without the internet|on a plane|without a connection|in a closed network|with no network]
[be sure|make sure|know] that [nothing is sent|no data leaves my house|nobody reads my chats|my data stays here]
""", """
[privacy|data protection|offline use|secrecy of my chats|telemetry|tracking|an offline mode|confidentiality]
""", """
my [data|documents|texts] are [secret|confidential|private|sensitive]
I have no [internet|network] [here|on this machine|]
nobody [should|may|must] [see|read] [my chats|what I write|my documents]
""", """
is my data [safe|private|sent anywhere|secure]
[do you|does hearth|does it] send my [data|text|chats|prompts] [anywhere|to somebody|to the cloud|home|]
does hearth [work offline|need the internet|collect data|phone home|track me|have telemetry|log my chats|use the cloud]
do I need [the internet|a connection|to be online]
who can [read|see] [my chats|what I write|my questions]
where do my [chats|questions|data] go
privacy
offline
is this running locally
""")
