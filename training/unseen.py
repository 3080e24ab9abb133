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
""")}
