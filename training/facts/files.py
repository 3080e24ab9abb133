"""Model files, tokens and architectures: what is in them, and what becomes of them."""
from .kit import fact

fact("inspect", "`hearth inspect FILE`", """
Use `hearth inspect FILE`. It shows the format, the metadata and the size of a model file.
Type `hearth inspect FILE`. Add `--tensors` to see every tensor, or `--json` for programs.
""", """
[inspect|look into|look inside|examine|look at|check|open|analyse|study|peek into|explore|describe|dissect] [a|the|my|this] [model file|gguf file|gguf|file|gguf's metadata|safetensors file|checkpoint]
[see|show|print|view|read|find out|list|display|dump|know] [what is in|what is inside|the contents of|the metadata of|the details of|the keys of|the properties of|what's in|what is stored in] [a|the|my|this] [model file|gguf file|gguf|model|.gguf]
[see|show|print|read|find|display|get|dump] [the|its] [metadata|parameters|architecture|header|key value pairs|quantization type|vocabulary size|context length|parameter count] of [a|my|the|this] [file|model|gguf]
<find out> [how many parameters a model has|which architecture a file has|how a file is quantized|what kind of model a file is|the context length of a model|what quantization my file has|which tokenizer a model has]
""", """
[metadata|the metadata of a file|the header of my model|information about a file|the details of a gguf|a gguf viewer|a look inside|the number of parameters|a gguf dump|a summary of the file]
""", """
I [found|have|got|was given] [a gguf|a file|a .gguf file|an old model file] and [don't know what it is|want to know what is in it|nobody knows what it contains|wonder what is inside]
[I don't know|nobody knows|I forgot] [what model this is|which quantization this file has|what is in this file|how big the model in this file is]
""", """
what is in [this|my|a] [gguf|file|gguf file|model file|.gguf]
what does [hearth inspect|the inspect command] do
which architecture does my file have
how many parameters does [my|this] [model|file|gguf] have
what kind of [model|file] is this
what did they put into this [gguf|file]
inspect
metadata
""")

fact("inspect_tensors", "--tensors", """
Use `hearth inspect FILE --tensors`. It lists each tensor with its type and shape.
Type `hearth inspect FILE --tensors`.
""", """
[list|see|show|print|view|display|get|dump|enumerate] [all|the|every|all the|each of the] [tensors|tensor|weights|tensor names|tensor shapes|matrices|layers|weight matrices] [of <a model>|in a file|of my file|in a gguf|in the file|]
[see|show|find|know|check|get] the [shapes|types|shape|type|dimensions|sizes|names] of [the|all] [tensors|weights|matrices]
<find out> [which type each tensor has|how the tensors are called|the size of the embedding matrix|which layers are there]
""", """
[a list of tensors|the tensors|all tensor names|the shapes of the weights|the tensor types|a tensor listing|the weights one by one|the matrices of the model|every layer and its shape]
""", """
I need to see [each tensor|all the weights|every matrix|tensor by tensor what is there]
""", """
which tensors are in [my|a|the|this] [file|model|gguf]
what does --tensors do
what tensors does [it|the model|this file] have
what are the tensors called
tensors
""")

fact("json", "--json", """
Add `--json`, as in `hearth inspect FILE --json`. One JSON document comes out on stdout.
Many commands take `--json`, for example `hearth inspect FILE --json` or `hearth bench MODEL --json`.
""", """
[get|have|write|see] [the output as json|json output|machine-readable output|the result as json|output for programs|the information as json|results that programs can read]
[print|write|see|export|save] [the results|the metadata|the list|the report|the findings] [as json|in json|as a json document]
[use|parse|read|process] hearth's [output|reports|results] [in|from|with] [a script|a program|python|jq|another tool]
""", """
[json output|machine-readable output|a json report|output for scripts|the --json option|results as json|the report in json|output that jq can read|an output format for programs]
""", """
[my script|jq|python|a program] [has to|should|must|wants to] [read|parse|understand] [hearth's output|what hearth prints|the report]
the output is [hard to parse|for people, but I need it for a program|only meant for humans]
""", """
what does --json do
can hearth print json
can the commands print json
is the output available as json
""")

fact("tokenize", "`hearth tokenize MODEL", """
Use `hearth tokenize MODEL --text "some text"`. It prints the token ids as a JSON array.
Type `hearth tokenize MODEL --text "some text"`, or send the text on stdin.
""", """
[tokenize|tokenise|encode] [<text>|my prompt|a prompt|words]
[turn|convert|change|split|cut|break|translate|transform|chop] [<text>|words|my prompt|letters|a prompt] into [tokens|token ids|ids|numbers|pieces|integers]
[see|get|show|print|count|find|display|list] the [tokens|token ids|ids|token numbers] of [<text>|my prompt|a word]
[count|see how many|measure how many|find out how many] [tokens|tokens there are|tokens a text has|tokens my prompt takes]
[test|try|check] the tokenizer
""", """
[the tokens of a text|token ids|a tokenizer|the tokenizer|a token count|the number of tokens in a text|a token counter|the ids of a prompt|tokenization]
""", """
I want to [know how long my prompt is in tokens|see how the tokenizer cuts a text|see the ids of my prompt]
I need to know the number of tokens
""", """
what does hearth tokenize do
how many tokens [does my text have|are in my prompt|has this text|is this|does a text take|is my document|are these words]
which tokens does my text become
how is a text split into tokens
what does the tokenizer make of a word
tokenize
""")

fact("detokenize", "`hearth detokenize MODEL`", """
Use `hearth detokenize MODEL` and give it JSON arrays of ids on stdin, one per line.
`hearth detokenize MODEL` reads JSON arrays of ids on stdin, one per line, and prints the text.
""", """
[detokenize|detokenise|decode|untokenize] [tokens|token ids|ids|a list of tokens|token numbers|a sequence of ids|an array of ids]
[turn|convert|change|translate|map|transform|bring] [tokens|token ids|ids|numbers|a list of numbers|integers] [back into|into|to|back to] [text|words|readable text|letters|a string|a sentence]
get the [text|words|string|sentence] [of|for|from|behind|back from] [tokens|token ids|ids|these numbers|a list of ids]
<find out> [which text some ids stand for|what a token id means|which word a token is]
reverse tokenization
""", """
[the text of token ids|the words behind the ids|a decoder for tokens|the opposite of tokenize|the reverse of the tokenizer|readable text from ids|the meaning of token numbers]
""", """
the [output|result|log] [is|shows|has] only [numbers|token numbers|integers] [where words should be|and nobody can read it|]
""", """
what does hearth detokenize do
which text do these ids stand for
what is the opposite of tokenize
what does token {number} mean
which word is token {number}
detokenize
""")

fact("convert", "`hearth convert DIR -o OUT.gguf", """
Use `hearth convert DIR -o OUT.gguf --type q4_k_m`, where DIR is the folder with `config.json` and the safetensors.
Type `hearth convert DIR -o OUT.gguf --type q4_k_m`. DIR is the checkpoint's folder.
""", """
convert [a|the|my|some|this|an] [hugging face|huggingface|hf|safetensors|downloaded|transformers|finetuned|pytorch|] [checkpoint|model|folder|directory|repo|repository|weights]
convert [a model|a checkpoint|safetensors|my model|a hugging face model|a huggingface model|my finetune|a transformers model] [to|into] [gguf|a gguf|a gguf file|one file|the gguf format]
<make> a [gguf|gguf file|.gguf] [from|of|out of] [a checkpoint|safetensors|a hugging face model|a huggingface folder|my checkpoint|my finetuned model|a transformers folder|a folder of safetensors]
[turn|transform|change|pack|bring|export|translate] [a checkpoint|safetensors|a hugging face model|a huggingface model|my checkpoint|my own finetune|a model from transformers|a folder with config.json] into [gguf|a gguf|a gguf file|a single file]
""", """
[a converter|a conversion to gguf|the convert command|convert_hf_to_gguf|conversion|a gguf of my finetuned model|a gguf instead of safetensors|a gguf version of my checkpoint]
""", """
[I have|there are|I trained|I finetuned|my colleague gave me|the model comes as] [only safetensors|a folder with config.json|a transformers checkpoint|a hugging face model|safetensors files|my own model in pytorch] [and want a gguf|but I want gguf|and need one file|but need a .gguf|]
[my model|the model] [is not yet a gguf|exists only as safetensors|was saved by transformers]
""", """
what does hearth convert do
can hearth convert [models|checkpoints|safetensors|hugging face models|from hugging face]
how does conversion work
[safetensors|hugging face|hf|checkpoint|transformers] to gguf
convert
""")

fact("arch_list", "`hearth arch list`", """
Use `hearth arch list`. It shows every architecture that this Hearth knows.
Type `hearth arch list` to see the architectures that are supported.
""", """
[list|see|show|print|get] [all|the|all the|supported|the supported|known|the known] [architectures|model families|kinds of models|model types]
<find out> [which|what] [architectures|kinds of models|model families|model types|models] [are supported|hearth knows|hearth can run|hearth understands|are known|work]
<find out> whether [llama|mistral|qwen|gemma|phi|mamba|deepseek|my model|falcon] [is supported|works|can be run|is known]
""", """
[a list of architectures|the supported models|all model families|the supported architectures|a table of architectures|support for gemma|support for mamba|support for deepseek|support for qwen|the known architectures]
""", """
I wonder [which models work|if my kind of model works|which architectures there are]
""", """
which [architectures|models|model families|kinds of models|model types] [are supported|does hearth support|can hearth run|does hearth know|work|can I run|are possible|exist]
what does hearth arch list do
[is|are] [llama|mistral|qwen|gemma|phi|mamba|deepseek|mixtral|bert|granite|olmo|falcon] [models |]supported
does hearth [know|support|run|understand] [llama|mistral|qwen|gemma|phi|mamba|deepseek|mixtral|t5|bert] [models|]
architectures
how many architectures does hearth know
""")

fact("arch_show", "`hearth arch show NAME`", """
Use `hearth arch show NAME`, for example `hearth arch show llama`.
Type `hearth arch show NAME`. It prints the text that defines the architecture.
""", """
[see|show|read|print|view|study|look at|display|get] [an architecture|the definition of an architecture|how a model is defined|the .arch file of a model|an arch file|the arch text of qwen|the source of an architecture|llama's definition|the description of an architecture|the graph of a model]
[see|read|learn|understand|study] how [an architecture|a model|llama|qwen3|gemma|a transformer|mamba] [is written|works inside|is described|is defined|computes|is built|looks as an .arch file]
""", """
[the definition of an architecture|the text of an architecture|an example of an .arch file|the arch file of qwen3|the description of gemma|the source of the llama architecture|an existing definition as a model for mine]
""", """
I want to see what [llama|qwen3|gemma|an architecture] looks like inside
""", """
what does hearth arch show do
what does an architecture look like
what does an .arch file look like
arch show
where is the definition of [llama|qwen|gemma|an architecture]
""")

fact("arch_check", "`hearth arch check FILE`", """
Write it as an `.arch` file and use `hearth arch check FILE`. It points to every mistake with line and column.
Use `hearth arch check FILE`. With a model after it, the names and shapes of the tensors are checked too.
""", """
[check|test|validate|verify|lint|proofread|debug] [an|my|the|an own|a new] [arch file|.arch file|architecture|architecture file|architecture definition|model definition]
[find|see|look for|locate] [errors|mistakes|bugs|faults] in [an|my|the] [arch file|.arch file|architecture|definition]
[add|write|make|create|define|support|describe|invent|implement] [a new architecture|my own architecture|an arch file|a new model architecture|another kind of model|an .arch file of my own|a model that nobody supports yet]
see [if|whether] my [.arch file|architecture|definition] [is right|is correct|has errors|fits my model]
""", """
[a check of my .arch file|a validator for architectures|a new architecture|my own architecture|syntax checking for .arch|a linter for arch files|an architecture of my own]
""", """
[I wrote|I am writing|I changed|I made] [an arch file|a definition|my own architecture|an .arch text] [and want to know if it is right|and want it checked|and it does not work|]
my .arch file [does not work|has a mistake somewhere|is refused]
""", """
what does hearth arch check do
is my arch file right
arch check
how is a new architecture [added|made|written]
""")

fact("gguf", "GGUF is", """
GGUF is a file format for language models: one file holds the weights, the tokenizer and the settings. `hearth inspect FILE` shows one.
GGUF is one file with all that a model needs: weights, vocabulary and settings. Look into it with `hearth inspect FILE`.
""", """
understand [gguf|the gguf format|what gguf is]
[learn|know] what [gguf means|a gguf is|gguf stands for]
""", """
[the gguf format|gguf files in general|the idea of gguf|the meaning of gguf]
""", """
I don't know what gguf is
I never heard of gguf
everybody talks about gguf
""", """
what is gguf
what's gguf
what is a gguf file
what [does gguf mean|does gguf stand for|is this gguf thing|kind of format is gguf]
[explain|define|describe] gguf
[explain to me|tell me] what gguf is
tell me about [gguf|gguf files|the gguf format]
what is the gguf format
what is a .gguf file
what is in a gguf file
what are gguf files [for|good for|]
what is stored in [ggufs|gguf files]
gguf
why gguf
gguf?
""")

fact("arch_file", "`.arch` file", """
An `.arch` file is a page of text that says how a kind of model computes: its settings, its weights and its graph. `hearth arch list` shows all.
An `.arch` file describes one model architecture as text. `hearth arch show llama` prints one.
""", """
understand [arch files|.arch files|the architecture language|what an .arch file is]
""", """
[the architecture language|the idea of .arch files|the meaning of .arch|the .arch format]
""", """
I don't know what an .arch file is
I [saw|found] a file that ends in .arch
""", """
what is an arch file
what is an .arch file
what's [an arch file|a .arch file]
what are arch files
what are .arch files [for|good for|]
[explain|describe|define] [arch files|.arch files|the architecture language]
tell me about [arch files|.arch files]
what does an arch file [do|contain|say|describe]
what is the architecture language
what is an architecture file
what is written in .arch files
why are there .arch files
what is the folder architectures
arch file
""")
