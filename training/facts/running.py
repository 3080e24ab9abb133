"""Starting a model: chats, single answers, pipes, context, threads, kernels."""
from .kit import fact

fact("run", "`hearth run MODEL`", """
Use `hearth run MODEL`, where MODEL is a `.gguf` file, a checkpoint folder or a name. Without a MODEL the built-in one runs.
Type `hearth run MODEL`. On a terminal it starts a chat with the model.
""", """
[run|start|load|use|execute|launch|open|try|try out|boot|play with|get going|bring up|test|invoke|make use of|put to work] <a model>
[run|start|load|use|execute|launch|open|try] <a model>
[generate|make|get|produce|write|let a model write] [text|some text|an output|words] [with|from|by] [a|my|the|some] <model>
run [inference|a model locally|<models>|models on my own machine|llms at home|a language model offline|local models|an open model]
[get|make] <a model> [to run|running|to work|started|up and running|to say something|do something]
use the model that I [downloaded|have|got|made|trained|saved]
bring <a model> to life
""", """
[the run command|a local llm|local inference|inference|running models|a way to run models|my own local model|a running model]
""", """
I [have|got|downloaded|saved|copied|made|found|was given] [a gguf|a gguf file|a model file|a .gguf|a model|some weights|model.gguf|a language model] [and now|and want to use it|but don't know how to use it|and want to try it|what is next|and would like to see it work]
there is a gguf [in my downloads|on my desktop|on my disk|in this folder|here][ and I want to try it|, how does it start|]
the download is [done|finished|ready], how does the model start
the [model|file] is [on my disk|here|in my folder|downloaded] but nothing [happens|runs|starts] yet
I have no idea how to start <a model>
a model lies here unused
""", """
what is the run command
what does hearth run do
what is hearth run for
how does one run a model
how does a model [start|run|get started|get loaded]
[ok |so |well |]I [have|downloaded] [a gguf|a model|the file], and now
what do I do with [a gguf|a gguf file|this gguf|a .gguf file|a model file|my model file]
which command [runs|starts|loads|launches] [a model|a gguf|the model|models]
hearth run
run
start
""")

fact("chat", "`hearth run MODEL`", """
Type `hearth run MODEL` on a terminal, and a chat begins.
Use `hearth run MODEL` without `-p`. On a terminal that is a chat.
""", """
[chat|talk|speak|converse|have a chat|have a talk|discuss things|exchange messages|write back and forth|have a dialogue] [with|to] <a model>
[start|open|begin|have|hold|launch|enter|get into|get] a [chat|dialogue|chat session|talk|interactive session|chat window] [with <a model>|]
[get|open|enter] [the chat|chat mode|the interactive mode|interactive mode]
ask <a model> [several questions|one question after the other|things in turn|things interactively]
use hearth [interactively|like a chat program|as a chatbot|as an assistant|like chatgpt]
""", """
[a chat|a chat mode|an interactive mode|a chatbot|a chat window|the chat|an interactive chat|a prompt to talk to the model|interactive use|a dialogue with the model]
""", """
I want to talk, not only ask once
I would like a chatbot [on my own machine|at home|without a cloud|in my terminal]
""", """
where is the chat
[can|may] I [talk|chat|speak] [to|with] [a|the|my] model
is hearth a chatbot
chat
interactive
""")

fact("once", "-p", """
Use `hearth run MODEL -p "your question"`. It prints one answer and exits.
Give the question with `-p`: `hearth run MODEL -p "your question"` answers once and stops.
""", """
get [one|just one|only one|exactly one|a one-off] answer
ask [one|a single|just one|only one] question[ and exit|, nothing more| and stop| and quit| and be done|]
[give|pass|send|write|put|hand over] [a|the|my] [prompt|question] [on the command line|as an argument|directly|in the command|as an option|with the command]
[use|run|call] hearth [in a script|from a script|without a chat|in a shell script|from cron|in a batch job|non-interactively|from make]
get an answer without [a chat|chatting|the chat|a dialogue|interaction|entering the chat]
[leave|quit|exit] right after [the answer|one answer|answering]
""", """
[one answer and no chat|a non-interactive mode|a one-shot mode|the -p option|the prompt option|a single reply|scripted use|the --prompt option]
""", """
I don't want a chat[, only an answer|, just an answer|]
[I|we] call hearth [from|in] a script
the chat [opens|starts|comes up] but I only want [one answer|an answer]
""", """
what does -p do
what is the -p option
how do I use -p
what does --prompt do
where does the prompt go on the command line
can hearth be used in [scripts|a shell script|cron jobs]
""")

fact("stdin", "| hearth run MODEL`", """
Pipe it in: `cat prompt.txt | hearth run MODEL`. What comes on stdin is the prompt.
Without a terminal, stdin is the prompt, as in `cat prompt.txt | hearth run MODEL`.
""", """
[read|take|get|load|use] [the|a|my] [prompt|question|input] from [stdin|standard input|a file|a pipe|a text file|prompt.txt]
[pipe|send|stream|redirect|feed|push|stuff] [text|a file|a prompt|my file|a text|the output of a program|a log file|a document] [into|to|through] [hearth|a model|the model|it]
use [a pipe|pipes|stdin|input redirection] [with a model|with hearth|]
[summarise|ask about|process] [a file|a text file|a log|the output of another command]
[combine|connect|chain] hearth with [other commands|grep|cat|other unix tools|a shell pipeline]
""", """
[pipes|a pipe|input from a file|the prompt in a file|redirected input|stdin support|reading standard input|a prompt file]
""", """
my [prompt|question|text] is in a file
[my|the] prompt is [in prompt.txt|too long to type|long and has many lines]
another program [writes|makes|prints] the [prompt|question|text]
""", """
does hearth [read|accept|take] [stdin|standard input|a pipe|input from a pipe]
can I pipe text into hearth
can it be [part of|in] a [pipeline|pipe]
cat file and then hearth
""")

fact("raw", "--raw", """
Use `hearth run MODEL --raw -p "Once upon a time"`. The text is continued as it stands, without a chat template.
Add `--raw`: `hearth run MODEL --raw -p "Once upon a time"` completes the text with no chat template.
""", """
[complete|continue|finish|go on with|extend|prolong|carry on] [a|some|my|the|raw|this] [text|sentence|story beginning|beginning|paragraph|unfinished sentence|poem]
[run|use|prompt] <a model> without [a|the|its|any] chat template
[turn off|switch off|skip|disable|avoid|not use|drop|bypass|ignore|leave out] [the chat template|the template|chat formatting|the chat markup]
[do|get|make|have] [a|] raw completion
[run|use|try|prompt] a [base model|pretrained model|foundation model|model that is not tuned for chat]
give the model [exactly my text|only my text|my text and nothing around it|bare text|the bare prompt]
let the model [complete|continue|finish|go on with] [what I wrote|my text|my sentence|what I began]
""", """
[raw completion|text completion|raw mode|a completion mode|the --raw option|plain completion|autocomplete for text|the bare model|a base model|completion instead of chat]
""", """
[mine|my model|this|the model] is a base model[ and not a chat model|]
the [chat template|template] [is in the way|spoils my prompt|should not be used]
I don't want [a template around my text|role markers in the prompt|the chat template]
the model should just [write on|go on writing|continue]
""", """
what does --raw do
what is raw mode
is there a raw mode
does hearth do completions
""")

fact("context", "--ctx {context}", """
Use `hearth run MODEL --ctx {context}`. The server takes `--ctx {context}` as well.
Say `--ctx {context}`, as in `hearth run MODEL --ctx {context}`.
""", """
<set> the [context|context size|context length|context window|window|ctx] to {context}
[raise|increase|extend|limit|reduce|lower|cut|enlarge|shrink] the [context|context size|context length|context window] to {context} [tokens|]
[use|get|have|run with|work with|start with|allow|open] a context [of|of size|with] {context} [tokens|]
[use|get|have|keep|remember|fit in] {context} tokens [of context|as context|in the context]
[make|have] the context {context} [tokens|] [long|]
""", """
[a context of {context}|{context} tokens of context|a {context} token window|a window of {context} tokens|a context length of {context}|{context} as the context size|num_ctx {context}]
""", """
[I need|my text needs|the document takes|my prompt has|we need|it takes] {context} tokens [of context|of room|in the context]
the context [should|must|has to|shall|ought to] be {context} [tokens|]
""", """
context {context}
ctx {context}
ctx={context}
context size {context}
context window of {context}
can I have a context of {context}
can the context be {context}
is a context of {context} possible
{context} tokens context
""")

fact("context_any", "--ctx N", """
Use `--ctx N`: `hearth run MODEL --ctx N` makes room for N tokens of context.
With `hearth run MODEL --ctx N` the model looks back over N tokens. `hearth plan MODEL` says what that costs.
""", """
<set> the [context|context size|context length|context window|size of the context|ctx|window|length of the context]
[raise|lower|increase|reduce|extend|enlarge|shrink|double|grow|limit] the [context|context size|context length|context window|memory of the chat]
[get|use|have|give it|allow] a [longer|bigger|larger|smaller|wider|huge] [context|context window|memory]
[give|feed|hand|show] the model [a longer|a very long|more] [prompt|text|input|document]
make the model [remember more|look further back|see more of the chat|remember longer|take more text]
""", """
[a longer context|more context|the context size|the context length|a bigger window|the --ctx option|the context window|a larger context|long context|n_ctx|num_ctx|the maximum context]
""", """
the model [forgets|loses|no longer knows|does not remember] [what I said|the beginning|earlier messages|the start of the chat|the first part]
the chat is [too long|longer than the context|at its end because the context is full]
[long|longer] [conversations|documents|texts] [don't work|break off|are cut]
""", """
what does --ctx do
what is the context
what is a context window
how long can the context be
how much text can the model [read|remember|take|see]
how large is the context [by default|if I say nothing|]
context
context length
""")

fact("threads", "--threads {number}", """
Add `--threads {number}`, as in `hearth run MODEL --threads {number}`.
Use `hearth run MODEL --threads {number}`. Every command that computes takes `--threads {number}`.
""", """
[use|run with|run on|work with|compute with|take|occupy|start] {number} [threads|cores|cpus|cpu cores|processors|workers]
<set> the [number of threads|threads|thread count|cores] to {number}
[limit|restrict|confine|hold|keep|cap] [hearth|it|the model|the program] [to|at] {number} [threads|cores|cpus]
let it have {number} [threads|cores]
""", """
[{number} threads|{number} cores|a thread count of {number}|a limit of {number} cores|{number} worker threads]
""", """
[I have|my machine has|my cpu has|there are|we have] {number} cores [to use|and want all used|for hearth|]
hearth [should|must|shall|may] [use|take|have] {number} [threads|cores]
no more than {number} [threads|cores] [please|should work|]
""", """
{number} threads
threads {number}
threads={number}
-t {number}
can hearth use {number} [threads|cores]
only {number} [threads|cores]
""")

fact("threads_any", "--threads N", """
Add `--threads N` to any command that computes, as in `hearth run MODEL --threads N`.
Use `--threads N`, for example `hearth run MODEL --threads N`.
""", """
<set> the [number of threads|threads|thread count|number of cores|amount of cores|parallel threads]
[limit|reduce|cut|cap|lower|raise|increase] the [number of threads|threads|thread count|number of cores|cpu use|cpu usage|load on the cpu]
use [more|fewer|less|all|half of the|only some] [threads|cores|cpu cores|processors|of my cores]
[make|keep|stop|prevent] hearth [from using|off|from taking|from eating] all [my|the] [cores|cpus|processors|threads]
leave [some|a few] cores [free|for other programs|to others]
run on a single [core|thread]
""", """
[fewer threads|more threads|the number of threads|the thread count|a limit on cores|all cores|the --threads option|multithreading|cpu limits|one thread only]
""", """
hearth [uses|takes|eats|occupies] all [my cores|the cores|of the cpu|cpus]
my [computer|machine|laptop] [is slow|gets hot|is loud|freezes|hangs] while hearth [runs|works|computes]
the fan is loud [when|while] the model [runs|answers]
other programs get no [cpu|cores|processor time]
it [only|just] uses [one core|half of my cores|a few cores]
""", """
what does --threads do
how many threads does hearth use
does hearth use all cores
how many threads are [best|right|used]
threads
is hearth multithreaded
""")

fact("isa", "`HEARTH_ISA={isa} hearth run MODEL`", """
Set the variable `HEARTH_ISA`: `HEARTH_ISA={isa} hearth run MODEL`.
Use `HEARTH_ISA={isa} hearth run MODEL`. It forces that set of kernels.
""", """
[force|use|choose|select|run with|try|take|pick|test] [the |]{isa} [kernels|kernel set|code|instructions|code path|version|]
[force|use|run|try|test|compare] {isa}
[make|let|have] hearth [use|take|run] [only |]{isa}
[restrict|limit] hearth to {isa}
run <a model> with {isa}
""", """
[the {isa} kernels|{isa} kernels|{isa}|a run with {isa}|the {isa} code]
""", """
hearth should [use|take] {isa}
I want to compare with {isa}
""", """
can I force {isa}
only {isa}, please
{isa} only
HEARTH_ISA {isa}
""")

fact("isa_any", "HEARTH_ISA", """
Set `HEARTH_ISA` to `scalar`, `avx2` or `avx512`, as in `HEARTH_ISA=avx2 hearth run MODEL`.
`HEARTH_ISA` forces a kernel set: `HEARTH_ISA=scalar hearth run MODEL`. Without it the best one is chosen.
""", """
[force|choose|select|change|pick|set|override|switch] [a kernel set|the kernels|the instruction set|an instruction set|a set of kernels|the kernel set|the simd level|the vector instructions]
[turn off|disable|avoid|switch off|do without|forbid] [avx512|avx2|simd|avx|vector instructions|vectorised code]
try [another instruction set|other kernels|slower kernels]
""", """
[another kernel set|other kernels|a different instruction set|the HEARTH_ISA variable|no simd|the choice of kernels|plain code without simd]
""", """
[avx512|avx2] [makes trouble|is slower here|throttles my cpu|gives problems]
the wrong kernels are [chosen|used]
""", """
what is HEARTH_ISA
what does HEARTH_ISA do
which kernel sets are there
which values can HEARTH_ISA have
""")

fact("formats", "`.gguf`", """
A model can be a `.gguf` file, a Hugging Face folder with safetensors, a name from the store, or `org/repo`. All work with `hearth run`.
MODEL is a `.gguf` file, a checkpoint folder, a name from `hearth list`, or `org/repo` from a hub.
""", """
[use|load|open] [another file format|safetensors|other formats|a safetensors file|different file types]
[run|use|load|start] a [hugging face|huggingface|safetensors|transformers] [checkpoint|folder|model|directory] [directly|without converting it|as it is]
know what kind of [file|model file] I need
""", """
[other formats|other file formats|the supported formats|supported file types|safetensors support|a list of formats|input formats]
""", """
my model is [no gguf|not a gguf|in another format|a folder of safetensors|a hugging face folder]
""", """
which [files|formats|file formats|kinds of files|file types|model files] [can hearth read|does hearth support|can I use|are supported|can hearth open|does it take|does it load|work|are understood]
what [can|may|does] MODEL [be|stand for|mean]
what is MODEL
what do I write for MODEL
does hearth [read|support|load|understand|take|know] [safetensors|hugging face folders|transformers checkpoints|other formats|ggml files|onnx|pytorch files]
can hearth run safetensors
must it be a gguf
do I have to convert my model first
""")
