"""What Hearth's users ask, and what the built-in model answers: the commands are those of the program, and no others.

A fact has a name, the text that a right answer must contain, ways to name the task (a verb phrase that follows
"how do I"), whole questions, and answers. `{number}` and the like are drawn anew for each example and must be copied.
"""

HOW = ("[how do I|how do i|how can I|how to|how do you|how would I|how could I|how should I|what is the way to|what's the way to|what is the command to|"
       "what's the command to|which command do I use to|what command should I use to|what do I type to|what must I type to|"
       "I want to|I would like to|I'd like to|I need to|i wanna|tell me how to|show me how to|explain how to|"
       "can you tell me how to|can you show me how to|could you tell me how to|could you explain how to|can you help me|help me|help me to|"
       "is there a way to|is there a command to|do you know how to|I don't know how to|what should I do to|can I|is it possible to|how is it possible to] ")
BEFORE = "[||||||||hi, |hello, |hey, |hi! |hello! |please |excuse me, |quick question: |one question: |ok, |so, |and |question: |sorry, |hearth, ]"
AFTER = "[||||||||| please| with hearth| with Hearth| in hearth| in Hearth| using hearth| here| from the terminal| on the command line| on my machine| on my computer| quickly|, please| now]"

DRAWN = {
    "port": lambda rng: str(rng.choice((80, 3000, 5000, 8000, 8081, 8888, 9000, 9090, rng.randrange(1024, 65536)))),
    "number": lambda rng: str(rng.choice((1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, rng.randrange(1, 129)))),
    "context": lambda rng: str(rng.choice((512, 1024, 2048, 4096, 8192, 16384, 32768, rng.randrange(256, 40000)))),
    "seed": lambda rng: str(rng.choice((0, 1, 7, 42, 123, 1234, rng.randrange(100000)))),
    "heat": lambda rng: rng.choice(("0.1", "0.2", "0.3", "0.5", "0.7", "0.8", "0.9", "1.0", "1.2", "1.5", f"0.{rng.randrange(1, 100):02d}")),
    "type": lambda rng: rng.choice(("q4_k_m", "q8_0", "q6_k", "q4_0", "q4_k_m", "q8_0")),
    "isa": lambda rng: rng.choice(("scalar", "avx2", "avx512")),
}

FACTS = []


def fact(name, must, tasks, questions, answers):
    FACTS.append((name, must, tasks.strip().splitlines(), [q for q in questions.strip().splitlines() if q], answers.strip().splitlines()))


fact("run", "`hearth run MODEL`", """
[run|start|load|use|execute|launch|open|try] [a|the|my|some|my own|this|another] [model|model file|gguf file|gguf|language model|llm]
[generate|make|get|produce] [text|some text] [with|from] [a|my|the] model
run [inference|a model locally|models]
""", """
what is the run command
what does hearth run do
how does one run a model
""", """
Use `hearth run MODEL`, where MODEL is a `.gguf` file, a checkpoint folder or a name. Without a MODEL the built-in one runs.
Type `hearth run MODEL`. On a terminal it starts a chat with the model.
`hearth run MODEL` runs a model. If you leave MODEL out, you get the built-in one, which is me.
""")

fact("serve", "`hearth serve MODEL`", """
serve [a|the|my|some|this] [model|gguf file|gguf|llm|language model|model file]
serve [models|it over http|a model over http|a model over the network|a model to other programs]
[start|run|launch|open|set up|begin|host|get] [a|the] [server|http server|web server|api server|model server]
[start|run|launch|open|offer|provide|expose|get] [an api|an http api|the api|a web api|a rest api|an endpoint]
host [a|my|the] model
[use|reach|call|access] [a|my|the] model [over http|from other programs|from another program|over the network|from my app|from another computer]
put [a|my|the] model behind [an api|a server|http]
""", """
what is hearth serve
what does hearth serve do
what does the serve command do
does hearth have a server
does hearth have an api
is there [an api|a server|an http api|a server mode]
which port does the server use
what port does hearth serve [use|listen on]
what is the default port
where does the server listen
""", """
Use `hearth serve MODEL`. It answers over HTTP on port 8080; `--port N` picks another one.
Type `hearth serve MODEL`. The server listens on port 8080, and other programs can talk to it over HTTP.
`hearth serve MODEL` starts the server. Its port is 8080 unless you say `--port N`.
""")

fact("serve_port", "`hearth serve MODEL --port {port}`", """
serve [a|the|my|] model on port {port}
[use|choose|pick|set] port {port} for the server
[start|run|launch] [the|a] server on port {port}
[make the server listen|listen] on port {port}
change the port to {port}
""", """
can the server use port {port}
serve on port {port}
port {port}
""", """
Use `hearth serve MODEL --port {port}`.
Type `hearth serve MODEL --port {port}`, and the server listens on port {port}.
""")

fact("serve_other_port", "--port N", """
[change|set|choose|pick] [the|another|a different] port [of the server|for the server|]
serve on [another|a different] port
use [another|a different] port
""", """
port 8080 is already in use
port 8080 is taken, what now
the port is busy
""", """
Say which port you want: `hearth serve MODEL --port N`.
Use `--port N`, as in `hearth serve MODEL --port N`. Without it the port is 8080.
""")

fact("serve_host", "--host", """
[let|allow] other [machines|computers|people] [use|reach|connect to] [the|my] server
serve [a model |]to [the whole network|other machines|my local network]
[change|set|choose] the [host|address] of the server
listen on all [addresses|interfaces]
reach the server from [another computer|my phone|outside]
""", """
what does --host do
how do other machines reach the server
""", """
Use `hearth serve MODEL --host 0.0.0.0`, and the server listens on every address. Add `--api-key K` to keep strangers out.
Say `--host`: `hearth serve MODEL --host 0.0.0.0` lets other machines connect. An `--api-key K` keeps it private.
""")

fact("serve_key", "--api-key", """
[protect|secure|lock] [the|my] server
[set|use|require|add|give] [an api key|a key|a password|an api-key] [for the server|]
keep [strangers|others] out of [the|my] server
make the server ask for [a key|an api key|a password]
""", """
what does --api-key do
does the server support api keys
how do I make the server private
""", """
Use `hearth serve MODEL --api-key K`. Then every request must bring the key K.
Start it with `hearth serve MODEL --api-key K`; requests without that key are refused.
""")

fact("serve_parallel", "--parallel", """
serve [many|several|more] [users|people|clients|requests] at [once|the same time]
[answer|handle] [several|many|more] requests [at once|in parallel|at the same time]
[set|change|choose] the number of [parallel|simultaneous] requests
""", """
what does --parallel do
how many [requests|users|clients] can the server handle
does the server support [parallel requests|concurrency|many users]
""", """
Use `hearth serve MODEL --parallel N`, where N is how many requests are worked on at the same time.
Say `--parallel N`: `hearth serve MODEL --parallel N` answers N requests at once.
""")

fact("serve_many", "`hearth serve A.gguf B.gguf`", """
serve [two|several|many|more than one|multiple] models [at once|at the same time|]
[start|run] [the|one] server with [two|several|many|multiple] models
""", """
can [the server|hearth] serve [two|several|multiple|many] models
can one server have several models
""", """
Name them one after the other: `hearth serve A.gguf B.gguf`.
Give the server all of them, as in `hearth serve A.gguf B.gguf`.
""")

fact("chat", "`hearth run MODEL`", """
[chat|talk|speak] [with|to] [a|the|my|this|another] model
[start|open|begin|have] a [chat|conversation|dialogue]
[get|open] the chat
""", """
is there a chat mode
does hearth have a chat
where is the chat
""", """
Type `hearth run MODEL` on a terminal, and a chat begins.
Use `hearth run MODEL` without `-p`. On a terminal that is a chat.
""")

fact("once", "-p", """
get [one|a single|just one|only one] answer
ask [one|a single|just one] question [and exit|and stop|and quit|]
[give|pass|send] [a|the|my] prompt [on the command line|as an argument|directly|to the model|to a model]
[use|run] hearth [in a script|from a script|without a chat]
get an answer without [a chat|chatting|the chat]
""", """
what does -p do
what is the -p option
how do I use -p
""", """
Use `hearth run MODEL -p "your question"`. It prints one answer and exits.
Give the question with `-p`: `hearth run MODEL -p "your question"` answers once and stops.
""")

fact("stdin", "| hearth run MODEL`", """
[read|take|get] [the|a] prompt from [stdin|standard input|a file|a pipe]
[pipe|send] [text|a file|a prompt|my file|a text] [into|to|through] [hearth|a model|the model]
use [a pipe|pipes|stdin]
""", """
does hearth read from [stdin|standard input|a pipe]
can I pipe text into hearth
""", """
Pipe it in: `cat prompt.txt | hearth run MODEL`. What comes on stdin is the prompt.
Without a terminal, stdin is the prompt, as in `cat prompt.txt | hearth run MODEL`.
""")

fact("raw", "--raw", """
[complete|continue|finish] [a|some|my|the|raw|plain] [text|sentence|story beginning]
[run|use] [a|the|my] model without [a|the|its|any] chat template
[turn off|switch off|skip|disable|avoid|not use] the chat template
[do|get|make] [a|] raw completion
[use|run] a base model
""", """
what does --raw do
what is raw mode
is there a raw mode
""", """
Use `hearth run MODEL --raw -p "Once upon a time"`. The text is continued as it stands, without a chat template.
Add `--raw`: `hearth run MODEL --raw -p "Once upon a time"` completes the text with no chat template.
""")

fact("length", "-n {number}", """
[limit|set] the [answer|output|length] to {number} tokens
[generate|make|write|print|get] [only|just|at most|exactly|] {number} tokens
stop after {number} tokens
""", """
can the answer be at most {number} tokens
only {number} tokens
""", """
Use `hearth run MODEL -n {number}`. It stops after {number} tokens at the latest.
Say `-n {number}`: `hearth run MODEL -n {number}`.
""")

fact("length_any", "-n N", """
[limit|set|change|choose] the [length|number of tokens|length of the answer|output length]
[get|make] [shorter|longer] answers
[set|choose] how many tokens are [generated|written|made]
""", """
the answers are too [long|short]
what does -n do
how long [can|will] the answer be
""", """
Use `-n N`: `hearth run MODEL -n N` makes at most N tokens.
With `hearth run MODEL -n N` you choose how many tokens are made at most.
""")

fact("seed", "--seed {seed}", """
[set|use|choose|fix] [the|a] seed [to|of] {seed}
[set|use|choose] seed {seed}
[run|generate|start] with seed {seed}
""", """
can I use {seed} as the seed
seed {seed}
""", """
Use `hearth run MODEL --seed {seed}`. The same seed gives the same text again.
Say `--seed {seed}`, as in `hearth run MODEL --seed {seed}`.
""")

fact("seed_any", "--seed S", """
[set|fix|choose|change] the [seed|random seed]
[get|have|make] the same [answer|text|output|result] [again|every time|twice]
[make|get] [the output|results|answers|it] [reproducible|repeatable|deterministic]
""", """
why is the answer different every time
what does --seed do
what is the seed
how do seeds work
""", """
Use `hearth run MODEL --seed S`. The same seed gives the same text again.
Fix the seed: `hearth run MODEL --seed S` gives the same text every time.
""")

fact("temperature", "--temperature {heat}", """
[set|change|put|turn] the temperature to {heat}
[use|choose] [a|] temperature [of|] {heat}
[run|generate|sample] [at|with] temperature {heat}
""", """
temperature {heat}
can I use a temperature of {heat}
""", """
Use `hearth run MODEL --temperature {heat}`.
Say `--temperature {heat}`, as in `hearth run MODEL --temperature {heat}`.
""")

fact("temperature_any", "--temperature T", """
[set|change|choose|pick|adjust|raise|lower] the temperature
make the [answers|text|output|model] [more creative|less random|more random|wilder|calmer]
[control|change] the randomness
""", """
what does --temperature do
what is the temperature
what is temperature for
what does temperature mean
""", """
Use `hearth run MODEL --temperature T`. A low T is calm and sure, a high one is wilder; 0 always takes the likeliest token.
Say `--temperature T`: `hearth run MODEL --temperature T`. At 0 the likeliest token is always taken; higher is more random.
""")

fact("greedy", "--temperature 0", """
[use|do|get|turn on|switch on] greedy [decoding|sampling|search]
always [take|pick|choose|get] the [most likely|likeliest|best] token
[turn off|switch off|disable|avoid|remove] [sampling|randomness|random sampling]
""", """
what is greedy decoding
is there a greedy mode
""", """
Use `hearth run MODEL --temperature 0`. The likeliest token is taken every time.
Set the temperature to zero: `hearth run MODEL --temperature 0`.
""")

fact("context", "--ctx {context}", """
[set|change|raise|use|make] the [context|context size|context length|context window] to {context}
[use|get|have|run with] a context [of|of size] {context} [tokens|]
[use|get|have] {context} tokens of context
""", """
context {context}
can I have a context of {context}
""", """
Use `hearth run MODEL --ctx {context}`. The server takes `--ctx {context}` as well.
Say `--ctx {context}`, as in `hearth run MODEL --ctx {context}`.
""")

fact("context_any", "--ctx N", """
[set|change|raise|lower|choose] the [context|context size|context length|context window|size of the context]
[get|use|have] a [longer|bigger|larger|smaller] context
[give|feed] the model a longer [prompt|text]
""", """
what does --ctx do
what is the context
my prompt is too long
the prompt does not fit
""", """
Use `--ctx N`: `hearth run MODEL --ctx N` makes room for N tokens of context.
With `hearth run MODEL --ctx N` the model looks back over N tokens. `hearth plan MODEL` says what that costs.
""")

fact("threads", "--threads {number}", """
[use|run with|run on|work with] {number} [threads|cores|cpus|cpu cores]
[set|change] the [number of threads|threads|thread count] to {number}
[limit|restrict] [hearth|it] to {number} [threads|cores]
""", """
{number} threads
can hearth use {number} [threads|cores]
""", """
Add `--threads {number}`, as in `hearth run MODEL --threads {number}`.
Use `hearth run MODEL --threads {number}`. Every command that computes takes `--threads {number}`.
""")

fact("threads_any", "--threads N", """
[set|change|choose|pick|limit] the [number of threads|threads|thread count|number of cores]
use [more|fewer|less|all] [threads|cores|cpu cores]
[make|keep] hearth [from using|off] all [my|the] cores
""", """
what does --threads do
how many threads does hearth use
does hearth use all cores
""", """
Add `--threads N` to any command that computes, as in `hearth run MODEL --threads N`.
Use `--threads N`, for example `hearth run MODEL --threads N`.
""")

fact("inspect", "`hearth inspect FILE`", """
[inspect|look into|look inside|examine|look at|check|open] [a|the|my|this] [model file|gguf file|gguf|file]
[see|show|print|view|read|find out|list] [what is in|what is inside|the contents of|the metadata of|the header of] [a|the|my] [model file|gguf file|gguf|model]
[see|show|print|read|find] [the|its] [metadata|parameters|architecture] of [a|my|the] [file|model|gguf]
see how many parameters a model has
""", """
what is in [this|my|a] [gguf|file|gguf file|model file]
what does [hearth inspect|the inspect command] do
which architecture does my file have
""", """
Use `hearth inspect FILE`. It shows the format, the metadata and the size of a model file.
Type `hearth inspect FILE`. Add `--tensors` to see every tensor, or `--json` for programs.
""")

fact("inspect_tensors", "--tensors", """
[list|see|show|print|view] [all|the|every|all the] [tensors|tensor|weights|tensor names|tensor shapes] [of a model|in a file|of my file|in a gguf|]
[see|show|find] the [shapes|types|shape|type] of the tensors
""", """
which tensors are in [my|a|the] [file|model|gguf]
what does --tensors do
""", """
Use `hearth inspect FILE --tensors`. It lists each tensor with its type and shape.
Type `hearth inspect FILE --tensors`.
""")

fact("json", "--json", """
get [the output as json|json|json output|machine readable output|the result as json]
[print|write|see] [json|the results as json]
[use|parse|read] hearth's output [in|from] [a script|a program|python]
""", """
what does --json do
can hearth print json
is there json output
""", """
Add `--json`, as in `hearth inspect FILE --json`. One JSON document comes out on stdout.
Many commands take `--json`, for example `hearth inspect FILE --json` or `hearth bench MODEL --json`.
""")

fact("tokenize", "`hearth tokenize MODEL", """
[tokenize|tokenise] [a text|text|some text|a sentence|a string|my prompt|a prompt]
[turn|convert|change|split|cut] [text|a text|a sentence|words|my prompt] into [tokens|token ids|ids]
[see|get|show|print|count|find] the [tokens|token ids] of [a text|a sentence|my prompt|a string]
count [tokens|the tokens]
""", """
what does hearth tokenize do
how many tokens [does my text have|are in my prompt|has this text]
which tokens does my text become
""", """
Use `hearth tokenize MODEL --text "some text"`. It prints the token ids as a JSON array.
Type `hearth tokenize MODEL --text "some text"`, or send the text on stdin.
""")

fact("detokenize", "`hearth detokenize MODEL`", """
[detokenize|detokenise|decode] [tokens|token ids|ids|a list of tokens|a list of ids]
[turn|convert|change] [tokens|token ids|ids|numbers] [back into|into|to|back to] text
get the text [of|for|from] [tokens|token ids|ids]
""", """
what does hearth detokenize do
which text do these ids stand for
what is the opposite of tokenize
""", """
Use `hearth detokenize MODEL` and give it JSON arrays of ids on stdin, one per line.
`hearth detokenize MODEL` reads JSON arrays of ids on stdin, one per line, and prints the text.
""")

fact("convert", "`hearth convert DIR -o OUT.gguf", """
convert [a|the|my|some|this] [hugging face|huggingface|hf|safetensors|downloaded|] [checkpoint|model|folder|directory|repo]
convert [a model|a checkpoint|safetensors|my model|a hugging face model|a huggingface model] [to|into] [gguf|a gguf|a gguf file]
[make|create|build|get|produce] a gguf [file|] from [a checkpoint|safetensors|a hugging face model|a huggingface folder|my checkpoint]
turn [a checkpoint|safetensors|a hugging face model|a huggingface model|my checkpoint] into [gguf|a gguf|a gguf file]
""", """
what does hearth convert do
can hearth convert [models|checkpoints|safetensors|hugging face models]
how does conversion work
""", """
Use `hearth convert DIR -o OUT.gguf --type q4_k_m`, where DIR is the folder with `config.json` and the safetensors.
Type `hearth convert DIR -o OUT.gguf --type q4_k_m`. DIR is the checkpoint's folder.
""")

fact("quantize", "`hearth quantize IN.gguf OUT.gguf {type}`", """
quantize [a|the|my|this] [model|gguf|gguf file|file] to {type}
[make|create|get|produce] [a|the] {type} [file|version|model|quant]
[convert|shrink|turn] [a|my|the] [gguf|model|gguf file] [to|into] {type}
use {type}
""", """
can hearth quantize to {type}
{type} quantization
""", """
Use `hearth quantize IN.gguf OUT.gguf {type}`.
Type `hearth quantize IN.gguf OUT.gguf {type}`. The input should be a file of high precision.
""")

fact("quantize_any", "`hearth quantize IN.gguf OUT.gguf q4_k_m`", """
quantize [a|the|my|this|some] [model|gguf|gguf file|file]
[make|get] [a|the|my] [model|gguf|file] [smaller|lighter]
[shrink|compress] [a|the|my] [model|gguf|gguf file|file]
[reduce|cut] the [size|memory] of [a|my|the] [model|file]
quantize models
""", """
what does hearth quantize do
my model is too big
my model is too large for my memory
what is the quantize command
can hearth quantize models
""", """
Use `hearth quantize IN.gguf OUT.gguf q4_k_m`. It makes the file much smaller and loses little.
Type `hearth quantize IN.gguf OUT.gguf q4_k_m`. Other types are `q8_0`, `q6_k` and `q4_0`.
""")

fact("which_type", "`q4_k_m`", """
[choose|pick|find|select] [a|the|the right|the best|a good] [quantization|quant|quantization type|quant type]
know which [quant|quantization|type] to [use|take|choose]
""", """
which [quant|quantization|type|quantization type|quant type] [should I use|is best|is good|do you recommend|should I choose|should I take]
what is [the best|a good] [quant|quantization|quantization type]
q4_k_m or q8_0
what is the difference between q4_k_m and q8_0
which types are there
""", """
`q4_k_m` is a good choice for most: about a quarter of the size. `q8_0` is twice as big and nearly exact.
Take `q4_k_m` if memory is short, and `q8_0` if you want to be close to the original.
""")

fact("quantization", "fewer bits", """
understand quantization
""", """
what is quantization
what does quantization [mean|do]
what is a quantized model
what does quantize mean
explain quantization
why should I quantize
""", """
Quantization stores the weights of a model with fewer bits, so it is smaller and faster and a little less exact. See `hearth quantize`.
To quantize means to keep the weights in fewer bits. The file shrinks and runs faster; `hearth quantize` does it.
""")

fact("importance", "`hearth importance MODEL -f TEXT -o FILE`", """
[make|create|compute|measure|get|produce] [an importance matrix|an importance file|importance data|an imatrix]
measure which weights [matter|are important]
quantize with [an importance matrix|importance|an imatrix]
[get|make] a better quantized model
""", """
what does hearth importance do
what is an importance [matrix|file]
does hearth support an imatrix
""", """
Use `hearth importance MODEL -f TEXT -o FILE`, and give the file to `hearth quantize` with `--importance FILE`.
First `hearth importance MODEL -f TEXT -o FILE`, then `hearth quantize IN.gguf OUT.gguf q4_k_m --importance FILE`.
""")

fact("perplexity", "`hearth perplexity MODEL -f TEXT`", """
[measure|compute|calculate|get|find|check] [the|] perplexity [of a model|of my model|]
[measure|check|find out|test] how good [a|my|the] model is
[measure|check|test] the quality of [a|my|the] [model|quantized model]
""", """
what does hearth perplexity do
what is perplexity
what is the perplexity of my model
""", """
Use `hearth perplexity MODEL -f TEXT`. A lower number means that the model is less surprised by the text.
Type `hearth perplexity MODEL -f TEXT`. The lower the result, the better the model predicts the text.
""")

fact("divergence", "`hearth divergence MODEL --reference MODEL -f TEXT`", """
compare [a quantized model with the original|two models|a model with another one|my quantized model to the original]
[measure|compute|get] the [kl divergence|divergence|difference] [between two models|of two models|]
[see|measure|find out] how much [quality is lost|quantization loses|was lost by quantizing]
""", """
what does hearth divergence do
what is kl divergence
how much does quantization lose
""", """
Use `hearth divergence MODEL --reference MODEL -f TEXT`. It says how far the first model's guesses are from the reference's.
Type `hearth divergence MODEL --reference MODEL -f TEXT`; the reference is the original model.
""")

fact("bench", "`hearth bench MODEL`", """
[benchmark|bench|time] [a|the|my|this] [model|machine|computer|cpu]
[measure|test|see|check|find out] [the speed|how fast it is|how fast a model runs|tokens per second|the performance|how fast my machine is]
run [a benchmark|benchmarks|the benchmark]
""", """
how fast is hearth
how many tokens per second do I get
what does hearth bench do
is there a benchmark
""", """
Use `hearth bench MODEL`. It measures tokens per second for reading a prompt and for writing.
Type `hearth bench MODEL`. It says the speed, and how close that is to the machine's limit.
""")

fact("bench_shape", "`hearth bench shape:", """
[benchmark|bench|measure the speed] without [a model|downloading a model|a download|a file]
benchmark a model that I do not have
benchmark [random weights|a shape|a model shape]
""", """
what is shape: in bench
can I benchmark without a model
can I measure speed without downloading anything
""", """
Use `hearth bench shape:llama-1b:q4_k_m`. It makes random weights of that shape, and nothing is downloaded.
Type `hearth bench shape:llama-1b:q4_k_m`; the weights are random, and only the speed is measured.
""")

fact("embed", "`hearth embed MODEL", """
[get|make|compute|create|produce|calculate] [embeddings|an embedding|text embeddings|a vector|vectors|sentence embeddings] [of a text|for a text|]
embed [a text|text|a sentence|texts|my documents]
turn [text|a text|a sentence|texts] into [a vector|vectors|embeddings|an embedding]
""", """
what does hearth embed do
can hearth make embeddings
does hearth support [embeddings|embedding models]
""", """
Use `hearth embed MODEL --text "some text"`. It prints the embedding as a JSON array.
Type `hearth embed MODEL --text "some text"`. The vector has length one unless you add `--no-normalize`.
""")

fact("pull", "`hearth pull NAME`", """
[download|pull|fetch|get|install] [a|the|some|another|a new] model
[download|pull|fetch|get] [a model from the internet|models|a model from a hub|a model from hugging face|a model from huggingface|new models]
add a model to [the|my] store
""", """
where do I get models
where can I [find|get|download] [models|a model|more models|other models]
what does hearth pull do
can hearth download models
""", """
Use `hearth pull NAME`. After that, `hearth run NAME` runs it.
Type `hearth pull NAME`, for example with a name like `org/repo`. Then `hearth list` shows it.
""")

fact("list", "`hearth list`", """
[list|see|show|view] [my|all|the|all my|the local|the downloaded|the installed] models
[see|find out|know] [which|what] models [I have|are installed|are here|are there|I downloaded]
list [models|what I have downloaded]
""", """
which models do I have
what models are [installed|there|available|on this machine]
what does hearth list do
""", """
Use `hearth list`. It shows the models in the local store.
Type `hearth list`, and you see every model that you have pulled.
""")

fact("show", "`hearth show MODEL`", """
[see|show|get|read] [details|information|info|more] [about|on|of] [a|my|one|the] model
show [a|one|my] model
[see|read] the details of [a|my] model
""", """
what does hearth show do
what is known about a model
""", """
Use `hearth show MODEL`. It tells you about one model.
Type `hearth show MODEL` to read the details of a model.
""")

fact("rm", "`hearth rm NAME`", """
[remove|delete|erase|uninstall|throw away|get rid of] [a|the|my|an old] model
[free|save|get back] [disk space|space]
[remove|delete] models
""", """
what does hearth rm do
my disk is full of models
my disk is full
""", """
Use `hearth rm NAME`. It removes that model from the local store.
Type `hearth rm NAME`, and the model is deleted. `hearth list` shows the names.
""")

fact("plan", "`hearth plan MODEL`", """
[see|find out|know|check|tell] [whether|if] [a|my|the|this] model [fits|will fit|fits in memory|fits into my memory|fits on my machine]
[see|find out|know|estimate] how much [memory|ram] [a|my|the] model [needs|takes|uses|will need]
plan the memory
""", """
does [my|this|a|the] model fit [in memory|into my ram|on my machine|]
how much [memory|ram] [does a model need|do I need|does my model need|is needed|will it use]
will [my|this] model fit
what does hearth plan do
do I have enough [memory|ram]
""", """
Use `hearth plan MODEL`. It says what the weights, the context and the buffers need, and whether it fits.
Type `hearth plan MODEL --ctx N`, or just `hearth plan MODEL`: it tells how much memory is needed and if it fits.
""")

fact("doctor", "`hearth doctor`", """
[see|check|find out|know] what [my machine has|my computer can do|hearth will use|hardware hearth uses|hearth sees]
[check|test|examine] my [machine|computer|hardware|setup|installation]
[see|find out] which [cpu features|instructions|instruction sets|kernels] [are used|hearth uses]
find out what is wrong
""", """
what does hearth doctor do
is my machine good enough
is my computer supported
which instruction sets does my cpu have
something is wrong with hearth
""", """
Use `hearth doctor`. It says what this machine has and what Hearth will use of it.
Type `hearth doctor`, and you see the processor, the memory and the kernels that are chosen.
""")

fact("arch_list", "`hearth arch list`", """
[list|see|show] [all|the|all the|supported|the supported|known] architectures
[see|find out|know] [which|what] [architectures|kinds of models|model families] [are supported|hearth knows|hearth can run]
""", """
which [architectures|models|model families|kinds of models] [are supported|does hearth support|can hearth run|does hearth know]
what does hearth arch list do
is [llama|mistral|qwen] supported
""", """
Use `hearth arch list`. It shows every architecture that this Hearth knows.
Type `hearth arch list` to see the architectures that are supported.
""")

fact("arch_show", "`hearth arch show NAME`", """
[see|show|read|print|view] [an architecture|the definition of an architecture|how a model is defined|the .arch file of a model|an arch file]
[see|read] how [an architecture|a model] [is written|works inside|is described]
""", """
what does hearth arch show do
what does an architecture look like
""", """
Use `hearth arch show NAME`, for example `hearth arch show llama`.
Type `hearth arch show NAME`. It prints the text that defines the architecture.
""")

fact("arch_check", "`hearth arch check FILE`", """
[check|test|validate|verify] [an|my|the|an own] [arch file|.arch file|architecture|architecture file]
[find|see] [errors|mistakes] in [an|my] [arch file|.arch file|architecture]
[add|write|make|create|define|support] [a new architecture|my own architecture|an arch file|a new model architecture]
""", """
what does hearth arch check do
is my arch file right
""", """
Write it as an `.arch` file and use `hearth arch check FILE`. It points to every mistake with line and column.
Use `hearth arch check FILE`. With a model after it, the names and shapes of the tensors are checked too.
""")

fact("isa", "`HEARTH_ISA={isa} hearth run MODEL`", """
[force|use|choose|select|run with] [the |]{isa} [kernels|kernel set|code|instructions]
[force|use|run|try] {isa}
make hearth use {isa}
""", """
can I force {isa}
only {isa}, please
""", """
Set the variable `HEARTH_ISA`: `HEARTH_ISA={isa} hearth run MODEL`.
Use `HEARTH_ISA={isa} hearth run MODEL`. It forces that set of kernels.
""")

fact("isa_any", "HEARTH_ISA", """
[force|choose|select|change|pick] [a kernel set|the kernels|the instruction set|an instruction set|a set of kernels|the kernel set]
[turn off|disable|avoid] [avx512|avx2|simd]
""", """
what is HEARTH_ISA
what does HEARTH_ISA do
which kernel sets are there
""", """
Set `HEARTH_ISA` to `scalar`, `avx2` or `avx512`, as in `HEARTH_ISA=avx2 hearth run MODEL`.
`HEARTH_ISA` forces a kernel set: `HEARTH_ISA=scalar hearth run MODEL`. Without it the best one is chosen.
""")

fact("make_run", "`make run`", """
[start|begin] [with hearth|quickly|from nothing]
[install|build|compile|set up|get|try] hearth
[build|compile|install] [it|the program|this|from source|the project]
get started
""", """
how do I get started
where do I start
what should I do first
what does make run do
how is hearth [built|installed]
""", """
Type `make run` in the repository. It installs what is missing, builds, and starts the built-in model.
Use `make run`. It builds everything, and the program is then `build/hearth`.
""")

fact("make_test", "`make test`", """
[run|start|execute] [the|all|all the] tests
test [hearth|the build|the program|everything|my changes|the project]
[see|check|make sure|find out] [that everything works|if it works|that the build is good|that all tests pass]
""", """
what does make test do
are there tests
where are the tests
does everything work
""", """
Type `make test`. It builds and runs every test.
Use `make test` in the repository. It ends with a summary of all the tests.
""")

fact("what_hearth", "Hearth is", """
understand what hearth is
learn about hearth
""", """
what is hearth
what's hearth
what is this
what is this program
tell me about hearth
what does hearth do
what is hearth for
what can hearth do
explain hearth
what are you running on
who is hearth
what kind of program is this
""", """
Hearth is a program that runs language models on your own machine. Start with `hearth run`, or `hearth serve` for a server.
Hearth is a runtime for open-weight language models, written in C++. It can run, serve, convert and quantize them.
""")

fact("gguf", "GGUF is", """
understand gguf
[open|read] gguf
""", """
what is gguf
what's gguf
what is a gguf file
what does gguf mean
explain gguf
tell me about gguf
what is the gguf format
what is a .gguf file
what is in a gguf file
""", """
GGUF is a file format for language models: one file holds the weights, the tokenizer and the settings. `hearth inspect FILE` shows one.
GGUF is one file with all that a model needs: weights, vocabulary and settings. Look into it with `hearth inspect FILE`.
""")

fact("arch_file", "`.arch` file", """
understand arch files
""", """
what is an arch file
what is an .arch file
what's an arch file
what are arch files
what are .arch files for
explain arch files
tell me about arch files
what does an arch file do
what is the architecture language
what is an architecture file
""", """
An `.arch` file is a page of text that says how a kind of model computes: its settings, its weights and its graph. `hearth arch list` shows all.
An `.arch` file describes one model architecture as text. `hearth arch show llama` prints one.
""")

fact("formats", "`.gguf`", """
[use|load|open] [another file format|safetensors|other formats]
[run|use|load] a [hugging face|huggingface|safetensors] [checkpoint|folder|model] directly
""", """
which [files|formats|file formats] [can hearth read|does hearth support|can I use|are supported|can hearth open]
what can MODEL be
what is MODEL
what do I write for MODEL
does hearth read safetensors
can hearth run safetensors
""", """
A model can be a `.gguf` file, a Hugging Face folder with safetensors, a name from the store, or `org/repo`. All work with `hearth run`.
MODEL is a `.gguf` file, a checkpoint folder, a name from `hearth list`, or `org/repo` from a hub.
""")

fact("builtin", "`training/`", """
[train|make|change|rebuild|retrain] [the built-in model|you|you again|your weights|the built in model]
[see|find out] [how you were made|how you were trained|where you come from]
""", """
where does the built-in model come from
where do you come from
how were you [made|trained|built|created]
who [trained|made|built|created] you
what were you trained on
what is the built-in model
where do your weights come from
what is your training data
are you open source
""", """
I was trained from nothing by the scripts in `training/`, on stories and answers that those scripts write themselves.
My weights come from the scripts in `training/`: they write little stories and answers about Hearth, and train me on them.
""")

fact("licence", "MIT", """
[use|share|sell|change] hearth [freely|for free|at work|in my company]
""", """
what is the [licence|license]
which [licence|license] does hearth have
is hearth free
is hearth open source
is hearth free software
what does it cost
how much does hearth cost
can I use hearth [commercially|at work|for free]
""", """
Hearth is free, under the MIT licence, and so is the built-in model.
It costs nothing: Hearth and the built-in model are under the MIT licence.
""")

fact("help", "`hearth --help`", """
[get|see|find|read] [help|the help|all commands|all options|a list of commands|the options|more help]
[list|see] [all|the] [commands|options]
learn [all the commands|the commands|more]
""", """
help
which commands are there
what commands [does hearth have|are there|exist|do you know]
what are the commands
list all commands
where is the [help|manual|documentation]
what options are there
""", """
Type `hearth --help` to see all commands. The main ones are `hearth run`, `hearth serve`, `hearth inspect` and `hearth quantize`.
`hearth --help` lists the commands, and each has its own help, as in `hearth run --help`.
""")

fact("exit_code", "Exit code", """
[know|see|check] [whether|if] a command failed
use the exit code
""", """
what are the exit codes
what does exit code [1|2] mean
what does hearth return on failure
what is the exit status
""", """
Exit code 0 is success, 1 is a failure and 2 is wrong usage. A failure prints one line that begins with `error:`.
""")

fact("gpu", "processor", """
[use|run on] [a|my|the] [gpu|graphics card|video card]
run [hearth|a model] without [a gpu|a graphics card]
""", """
do I need a [gpu|graphics card|video card]
does hearth need a gpu
what hardware do I need
does hearth run on [my cpu|the cpu|a laptop]
can it run without a gpu
""", """
You need no graphics card: Hearth runs on your processor. `hearth doctor` shows what it will use.
Hearth runs on the processor, and `hearth doctor` tells you what it found.
""")

fact("privacy", "your own machine", """
keep my [data|text|chats] private
[use|run] hearth [offline|without internet|without the internet]
""", """
is my data safe
is my data private
do you send my [data|text|chats] anywhere
does hearth work offline
do I need the internet
does hearth send data
who can read my chats
""", """
Everything runs on your own machine. The internet is only needed for `hearth pull`.
Nothing leaves your own machine. Only `hearth pull` needs the internet, to download a model.
""")
