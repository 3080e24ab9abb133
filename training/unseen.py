"""Questions written by hand, apart from the text generator: sets of (fact, question). Never trained on."""


def questions(text):
    return [line.split(": ", 1) for line in text.strip().splitlines()]


UNSEEN = {"first": questions("""
run: What would I enter at the prompt if a model should start up?
run: ok so I downloaded a gguf, how do I fire it up
serve: I'd love to have an HTTP endpoint for my model, any hint?
serve: My web app should be able to ask the model things over HTTP
serve: which subcommand turns this into a web server
serve: how to make a model available as an api
serve_port: My firewall only opens 4321, can serve listen on port 4321?
serve_port: the server should listen on port 7000 instead
serve_key: Not everyone should be allowed to use my server, what now?
serve_parallel: How can ten people use the server at the same time?
serve_many: I have two models and only one server process
chat: I'd like a conversation with some model
once: Is it possible to just get a single answer and then return to the shell?
stdin: can hearth take its prompt from standard input
raw: I only want plain continuation of my text, no chat format
length: stop generating at 50 tokens please
length_any: how do I keep answers from getting too long
seed: let me fix the random seed at 77
seed_any: I need repeatable output from run to run
temperature: sampling temperature should be 0.4
temperature_any: where do I set how creative the model is
greedy: I never want random choices, only the likeliest token
context: please give me a context window of 6000 tokens
context_any: where can I change the size of the context window
threads: it may only use 3 cpu cores
threads_any: what option limits the number of cpu cores
inspect: what's inside this model file?
inspect: is there a tool that prints the header of a gguf file
inspect_tensors: how can I get a list of every tensor with its shape
json: is there a machine readable form of the output
tokenize: how many tokens is my sentence
tokenize: which ids does the tokenizer give for my text
detokenize: I have a list of token ids and need the text
convert: I got a checkpoint folder from hugging face with safetensors and need gguf
convert: how does a safetensors model become a gguf
quantize: I want a q6_k version of my file
quantize_any: the file is huge, can it be made smaller
which_type: which quantization type would you take
quantization: please explain what quantization is
importance: how do I get an importance matrix for better quantization
perplexity: what command tells me the perplexity of a model on a text
divergence: how far is my quantized model from the original one
bench: how do I know how many tokens per second my machine makes
bench: can I measure the performance
bench_shape: can I run the benchmark even though I have no model file
embed: I need sentence vectors for search
embed: how are embeddings made with this program
pull: how do I get another model onto my disk from the hub
list: which models have I already got
show: give me details about one of my models
rm: I don't need this model any more, how do I delete it
plan: will this thing even fit into 8 GB of memory
plan: how much RAM is needed for this model
doctor: what does my hardware support
arch_list: what architectures are there
arch_show: I'd like to read the definition of the llama architecture
arch_check: I wrote an .arch file, is it correct?
isa: can I make it use only avx2 kernels
isa_any: which environment variable selects the kernels
make_run: I just cloned the repository, what do I do first
make_run: how is the whole thing compiled
make_test: how are the tests run
what_hearth: what on earth is Hearth
what_hearth: in one sentence, what does Hearth do?
gguf: what does a gguf contain
arch_file: what's an .arch file good for
formats: which model formats are accepted
builtin: who made you and how
builtin: on which data were you trained?
licence: under which license is this published
help: is there an overview of all the commands
exit_code: what exit code do I get when something fails
gpu: does it work without a graphics card
privacy: does anything I type leave my computer
"""), "second": questions("""
run: I downloaded a gguf file, now what do I type to use it?
run: start mymodel.gguf from the terminal
run: Which command gets a model going?
serve: My web app needs an http endpoint with a model behind it
serve: is there an api server built in?
serve: launch hearth as a background service other programs can talk to
serve_port: make the server listen on 9001
serve_port: I want the api on port 5000 please
serve_port: can serve use 11434 instead of the usual port
serve_other_port: something else already occupies the default port, serve won't come up
serve_other_port: change port of the server
serve_other_port: Let the server pick any free port by itself, possible?
serve_host: My laptop can't reach the server running on my desktop
serve_host: bind serve to all interfaces
serve_host: whole office LAN should be able to use the model server, what flag?
serve_key: Can I protect the endpoint with a password or token?
serve_key: requrie an api key from clients
serve_key: strangers shouldn't be able to use my server, only people with a secret
serve_parallel: ten users hit my server simultaneously and they all queue up
serve_parallel: number of concurent requests, where is that set
serve_parallel: Does the server handle more than one request at the same time?
serve_many: I'd like two different models behind a single server
serve_many: host a.gguf and b.gguf together in one process?
serve_many: can one server offer several models and let clients pick by name
chat: I just want to talk with it back and forth
chat: open an interactive conversation
chat: where's the chat mode, like in chatgpt?
once: just one reply and then back to my shell
once: ask a single question from the command line without entering chat
once: what's the flag for a one-shot prompt in a bash script?
stdin: can I pipe text into it
stdin: cat notes.txt | hearth ... does something like that work?
stdin: My question sits in a file, I'd like to feed it through a pipe
raw: continue a story I started, dont treat it as a chat
raw: plain completion without aplying the chat template
raw: Base model here: it should just carry on my text as is
length: stop after 50 tokens
length: I'd like answers no longer than 200 tokens
length: cap output at 1000 tokens, which option?
length_any: The replies are way too long, can I limit them?
length_any: max tokens option?
length_any: it rambles on forever, make it shorter
seed: use 42 as random seed
seed: set the seed to 1234 so my colleague gets identical text
seed: Which option fixes the seed at 7?
seed_any: every time I ask I get a different answer, can it be repeatable
seed_any: reproducible sampling for an experiment
seed_any: is there a seed parameter
temperature: run it at temperature 0.3
temperature: set temp to 1.2 pls
temperature: I'd like a temperature of 0.8 for this model, what do I add?
temperature_any: answers are boring, make the model more creative
temperature_any: where do i change the temprature
temperature_any: Less random output would be nice, but not fully deterministic
greedy: always pick the most likely token
greedy: turn off sampling entirely, I want deterministic decoding
greedy: argmax decoding, is that supported?
context: I need a context window of 32768
context: set ctx to 4096 tokens
context: Can the model be given 16000 tokens of context?
context_any: It forgets what I said at the beginning of our long talk
context_any: how can i make the contxt window bigger
context_any: what's the option for context size called?
threads: limit it to 8 threads
threads: I have 16 cores and want all 16 used
threads: Only 4 cpu threads please, the box is shared
threads_any: it hogs all my cores, can i tell it to use fewer
threads_any: number of cpu threads, which flag
threads_any: By default, how many cores does it take and where do I change that?
inspect: what's inside this gguf? I want to see its metadata
inspect: look at a model file's details without running it
inspect: Someone gave me a model file, which architecture and size is it?
inspect_tensors: list all tensors with their shapes
inspect_tensors: which quant type does each layer's weights have in my file
inspect_tensors: Show me the names and dimensions of every weight matrix
json: my script needs to parse the inspect output, any machine readable form?
json: print model info as json
json: Can I get the metadata as JSON to use with jq?
tokenize: how many tokens is this sentence?
tokenize: turn text into token ids
tokenize: I'd like to see how my prompt gets split up by the tokenizer
detokenize: i have a bunch of token ids, what text are they
detokenize: convert ids 15043 3186 back to words
detokenize: Reverse of tokenizing: numbers to text
convert: how to make a gguf out of a safetensors folder
convert: I fine-tuned with transformers and need a single gguf file from the checkpoint
convert: what replaces convert_hf_to_gguf.py here?
quantize: shrink model.gguf to q4_0
quantize: I need a q5_k_m version of my f16 model
quantize: Make my model q8_0, what's the command?
quantize_any: my f16 file is huge, I want a smaller version of it
quantize_any: how do you quantise a model
quantize_any: command to compress model weights?
which_type: Which quantization should I pick?
which_type: q4 or q8, what's the better tradeoff between quality and size
which_type: recommend a quant type for a normal laptop
quantization: what does quantization even mean
quantization: Everyone talks about quantized models, explain in simple words
quantization: why would fewer bits per weight be a good thing?
importance: build an imatrix from calibration text
importance: I want low-bit quants to lose less by knowing which weights matter
importance: does hearth have something like llama-imatrix?
perplexity: Measure how well my model predicts a text file
perplexity: how to calculate perplexty on wikitext
perplexity: I want a quality score of a model on some text
divergence: how much worse did my model get after quantizing it
divergence: KL between the q4 file and the f16 original
divergence: compare the small copy against its reference on a text
bench: how many tokens per second does my machine manage?
bench: benchmark model.gguf
bench: I'd like to measure prompt processing and generation speed
bench_shape: Speed test without downloading any model, possible?
bench_shape: benchmark with random weights the size of a llama 1b
bench_shape: no model here yet but I want to know how fast an 8B would run
embed: I need vectors for semantic search
embed: how to get an embeding of a sentence
embed: Turn a text into a list of floats for my vector database
pull: how do i downlaod a model from hugging face
pull: where do I get models and what fetches them?
pull: fetch qwen3 to my disk but don't run it yet
list: Which models have I already downloaded?
list: show installed models
list: what do I have on disk, with sizes
show: where did this model come from and what are its file hashes
show: details of a pulled model: source, revision, date
show: I forgot which repo I pulled this model from and when
rm: my disk is full, get rid of a model
rm: How can I delete a downloaded model?
rm: I don't need llama any more, uninstall that model
plan: Will a 70B fit into my memory?
plan: estimate ram needs before downloading
plan: want to know whether it's worth fetching, will it run on my machine?
doctor: What hardware did hearth detect on my computer?
doctor: chekc my system for problems
doctor: something like a diagnosis of my machine's cpu, ram and disk
arch_list: which model families are supported
arch_list: can it do gemma and mistral? full list of architectures please
arch_list: Print every architecture you know
arch_show: let me see the definition of the qwen3 architecture
arch_show: print the llama architecture in full
arch_show: Where can I read what layers gemma consists of according to hearth?
arch_check: validate my own .arch file
arch_check: I wrote an architecture description, are there mistakes in it?
arch_check: lint new.arch against a gguf
isa: force the avx2 kernels
isa: I want to try plain scalar code instead of simd
isa: my cpu gets hot, can it skip avx512?
isa_any: which cpu instruction set gets used and can I override it?
isa_any: choose the simd kernels by hand
isa_any: I'd like to compare different vector instruction kernels on my processor
make_run: Just cloned the repo, what's next?
make_run: How is it built from source?
make_run: I'm totally new, what's the very first step to get this working
make_test: run the unit tests
make_test: I changed some code, how do I check nothing broke?
make_test: where is the test suite and what starts it
what_hearth: What is this program for?
what_hearth: hearth, explain in a sentence
what_hearth: never heard of hearth, what does it do
gguf: what's a gguf file
gguf: People keep sending me .gguf files, what are those?
gguf: is gguf a file format or a kind of model?
arch_file: what is an .arch file good for
arch_file: Explain those text files describing architectures
arch_file: I saw something ending in .arch in the repo, what's that?
formats: does it read safetensors?
formats: which file formats can it open
formats: I've got pytorch weights as safetensors and some ggufs, are both accepted?
builtin: Where do you come from?
builtin: what model am I talking to right now
builtin: who trained you, and on what
licence: Am I allowed to use this commercially?
licence: what license is hearth under
licence: is it open source, mit or gpl?
help: I don't know the options of a command, where can I look them up?
help: show all comands
help: what can i type here, any manual?
exit_code: what does hearth return to the shell when it fails
exit_code: My CI script needs to detect errors, which exit status do I get?
exit_code: got status 2 back, what does that mean?
gpu: can it use my rtx 4090?
gpu: does this support cuda or metal
gpu: My graphics card sits idle while the model runs, why?
privacy: How private is this, are my chats sent anywhere?
privacy: does it phone home or collect telemetry
privacy: Can I use this with confidential documents, does anything leave my computer?
target_size: my model must fit into 4 GB, find the best quantization for that
target_size: quantize to exactly 700M file size
target_size: instead of naming a type I want to name the resulting size
pull_quant: download only the q4_k_m of a repo
pull_quant: That repository has a dozen quants, I only want Q6_K
pull_quant: pick a certain quantization when pulling
pull_token: I get 401 when pulling a gated llama repo
pull_token: where does my hugging face token go
pull_token: The model is private, how can I log in to download it?
import: I have an Ollama Modelfile, can I reuse it?
import: how to migrate my custom ollama model with its system prompt
import: bring a Modelfile over to hearth
settings: I'm tired of typing the same options each time, can I save defaults?
settings: where does the config file live and what goes in it
settings: give a model a short nickname with its own system prompt and temperature
client: what base_url do I put into the openai python package?
client: point my OpenAI sdk at hearth
client: Which address should an existing chatgpt client app use to reach my server?
metrics: prometheus endpoint?
metrics: I want to monitor the server's load in grafana
metrics: where do I see server statistics such as requests and tokens
schema: force the answer to follow a json schema
schema: I need valid JSON with fields name and age, nothing else
schema: How would I constrain the model to structured output?
system: give it a system prompt
system: I want it to always answer like a pirate, where do I say that?
system: set instructions that hold for the whole conversation
save_chat: Can I keep this conversation for later?
save_chat: how do I save the chat to a file
save_chat: need to close the laptop but don't want to lose what we discussed
load_chat: continue yesterday's saved conversation
load_chat: I stored a chat as json, how do I open it again?
load_chat: bring back an earlier chat from a file
clear_chat: forget everything I said and start over
clear_chat: new converstion without quitting
clear_chat: wipe the chat history, new topic
regenerate: I didn't like that reply, try again
regenerate: get another answer to the same question in the chat
regenerate: redo last response
set_in_chat: change the temperature in the middle of a conversation
set_in_chat: can I adjust sampling parameters while chatting, without restarting?
set_in_chat: tweak top_k during a chat
stop_answer: it won't stop writing, how do I cut it off?
stop_answer: interrupt the model in mid sentence
stop_answer: abort the current reply but stay in the chat
leave_chat: how do I get out of here
leave_chat: quit the chat
leave_chat: I'm done talking, which key or command ends the session?
slow: Only two words per second, what can I do?
slow: generation is painfully slow on my old laptop
slow: why is it so slugish and can I speed it up
install: put hearth in my PATH for all users
install: install it system-wide under /usr/local
install: I'd like the binary and header installed properly after building
library: embed the runtime in my C++ application
library: can I call it from python with no server running?
library: Is there a C API I can link against?
error_memory: It says out of memory when loading the model
error_memory: the process just got Killed while loading a big model
error_memory: my 8 GB machine can't load it, not enough ram, any way out?
error_context: My document is too long, it complains the prompt exceeds the context
error_context: context_length_exceeded, what now?
error_context: prompt has more tokens than fit, hearth refuses it
error_arch: "unknown architecture" when I load a brand new model
error_arch: hearth doesn't know my model's architecture, can I still run it?
error_arch: error: architecture not supported, the model came out yesterday
error_file: it claims my download is not a gguf file
error_file: The file seems truncated, loading fails
error_file: error about a damaged model file, waht should I do
error_template: model has no chat template, now what
error_template: Chat fails because the file lacks a template
error_template: my base model gives an error about a missing chat template
error_name: I typed a model name and it says there is no such model
error_name: model not found, but I'm sure I spelled it right
error_name: why can't it find the model I asked for by name?
""")}
