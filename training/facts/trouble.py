"""Errors, what they mean and what to do."""
from .kit import fact

fact("error_memory", "`hearth plan MODEL`", """
The model needs more memory than there is. `hearth plan MODEL` says what fits; a smaller file or `--ctx N` helps.
There is not enough memory. Ask `hearth plan MODEL` what would fit, and take a smaller type such as `q4_k_m` or a smaller `--ctx N`.
""", """
[fix|solve|avoid|repair|get rid of|get around] [an out of memory error|out of memory|the memory error|a crash for lack of memory|swapping|the oom killer]
run <a model> [with too little memory|that is larger than my ram|with little ram|when memory is short]
[reduce|lower|cut] the [memory use|memory consumption|ram usage|memory]
""", """
[less memory use|a cure for out of memory|help with a memory error|lower ram usage|a fix for the oom killer]
""", """
[hearth|it|the program|the process|my model|the server] [was killed|gets killed|just says killed|is killed by the system|dies when loading|crashes when loading a big model|stops with out of memory|runs out of memory|ran out of ram|aborts for lack of memory]
[I|we] [ran|run] out of [memory|ram]
[there is|I have|my <machine> has] [not enough|too little|insufficient] [memory|ram] [for the model|for this model|to load it|]
[the model|it|this model] [does not fit in my memory|is too large for my memory|is too big for my ram|needs more ram than I have|takes all my memory|eats all the ram]
[my <machine>|everything|the system] [swaps|starts swapping|freezes when the model loads|hangs while loading]
it says [out of memory|not enough memory|bad_alloc|cannot allocate memory]
""", """
out of memory
error: out of memory
why was [it|hearth|the process] killed
killed
oom
cannot allocate memory
what does out of memory mean
""")

fact("error_context", "--ctx N", """
The prompt is longer than the context. Make it larger with `--ctx N`, or the prompt shorter.
There is no room for the prompt: use a larger `--ctx N`, as in `hearth run MODEL --ctx N`. `hearth plan MODEL` says what that costs.
""", """
[fix|solve|avoid|get around|understand] [a context length error|context_length_exceeded|the prompt has too many tokens|an error about the context|the error that the context is full]
[use|give it|send|ask about] a prompt that is longer than the context
""", """
[help with a prompt that is too long|a fix for context length exceeded|a cure for a full context]
""", """
[my|the] [prompt|text|question|document|input] [is too long|does not fit|is longer than the context|has too many tokens|is larger than the context|doesn't fit into the context|exceeds the context]
[the context|it says that the context] is [full|too small|exceeded|not enough for my prompt|used up]
[hearth|it|the server] [says|complains|tells me|reports] that the [prompt has more tokens than the context|prompt is too long|context is full|prompt does not fit]
the server [answers|returns|says] context_length_exceeded
""", """
context_length_exceeded
the prompt has {context} tokens and the context {number}
the prompt has {context} tokens and the context {context}; make it larger with --ctx
the context of {number} tokens is full
prompt too long
what does context length exceeded mean
""")

fact("error_arch", "`hearth arch list`", """
This Hearth does not know that architecture: `hearth arch list` shows those it knows. A definition can be given with `--arch FILE`.
See `hearth arch list` for the architectures that are known. For another one, write an `.arch` file and give it with `--arch FILE`.
""", """
[fix|solve|get around|understand] [an unknown architecture|the architecture error|the error about general.architecture|an unsupported architecture|the message about the architecture]
run a model [whose architecture is unknown|of an unknown architecture|that hearth does not know|of an unsupported kind|that is too new for hearth]
""", """
[help with an unknown architecture|support for a new architecture that is not there|a fix for unsupported architecture|an architecture that is not supported]
""", """
[hearth|it] [says|complains|tells me|reports] [that the architecture is unknown|unknown architecture|that no architecture of this build describes it|that my model is not supported|architecture not supported|that general.architecture is something it does not know]
[the|my] [architecture|kind of model|model's architecture] is [unknown|not known|not supported|unsupported|too new|missing]
[my|this|the] model is [of a new kind|brand new|too new|exotic|of a kind nobody knows] and [does not load|is refused|hearth does not know it|will not start]
""", """
unknown architecture
unknown model architecture
general.architecture is not known
unsupported architecture
which no architecture of this build describes
why is my architecture not supported
what does unknown architecture mean
""")

fact("error_file", "damaged", """
The file is damaged or no model at all: `hearth inspect FILE` says what is wrong. Fetch it again with `hearth pull NAME`.
That file is damaged or cut off. Look with `hearth inspect FILE`, and fetch it again.
""", """
[fix|repair|rescue|open|load|use] a [broken|damaged|corrupt|truncated|faulty|incomplete|half downloaded|cut off] [gguf|file|model|model file|download]
[check|find out|test|see|know] [if|whether] a [file|gguf|download|model file] is [broken|damaged|corrupt|complete|whole|intact|ok]
[solve|understand] the error that [it is not a gguf file|the file ends too early|the magic is wrong|the file was cut off]
""", """
[help with a broken file|a repair of my gguf|a check whether my download is complete|a test for corrupt files|a fix for not a GGUF file]
""", """
[hearth|it] [says|complains|tells me|reports|claims] [that it is not a gguf file|not a GGUF file|that the file was cut off|that the file ends early|that the magic is wrong|that the file is too short|that the file is truncated|that the file is invalid|that it expected the magic GGUF]
[my|the|this] [file|gguf|model file|download] is [broken|damaged|corrupt|corrupted|truncated|incomplete|cut off|not valid|only half there|faulty]
[my|the|this] [file|gguf] [cannot be opened|does not open|can't be read|is refused|will not load]
[I think|maybe] [the download|my file|the file] is [corrupt|broken|incomplete|damaged]
""", """
not a GGUF file
error: expected the magic GGUF: not a GGUF file
the file ends inside a tensor: it was cut off
what does not a GGUF file mean
invalid magic
truncated file
corrupt file
why can't it read my [file|gguf]
""")

fact("error_template", "--chat-template", """
Say which template it was trained with: `hearth run MODEL --chat-template chatml`, or give a file. Or complete texts with `--raw`.
The model brings no chat template: use `--chat-template NAME`, such as `chatml` or `llama3`, or `--raw`.
""", """
[fix|solve|get around|understand] [a missing chat template|the template error|the error about the chat template|a model without a chat template]
[give|set|choose|use|supply|add|pick|specify|replace|override] [a|another|my own|the right|a different] [chat template|template|jinja template|prompt format|prompt template|chat format]
chat with a model that has no [chat template|template]
""", """
[a chat template|another chat template|a template for a model without one|my own template|the chatml format|the right prompt format|a jinja template|help with a missing template]
""", """
[hearth|it] [says|complains|tells me|reports] that [the model has no chat template|there is no chat template|tokenizer.chat_template is missing|a chat template is missing]
[my|the|this] model [has no|is without a|lacks a|comes without a|brings no|misses its] [chat template|template]
the [chat template|template|prompt format] is [missing|wrong|not right|broken|not there]
[the answers are strange|it answers strangely|the model talks nonsense] because the template is wrong
""", """
no chat template
error: the model has no chat template
the model has no chat template (metadata key tokenizer.chat_template)
what does --chat-template do
which chat templates are there
which template does my model need
chatml
what is a chat template
""")

fact("error_name", "`hearth list`", """
There is no model of that name here: `hearth list` shows the names. `hearth pull org/repo` fetches one, and a path must lead to a file.
Look at the names with `hearth list`, or fetch the model with `hearth pull org/repo`.
""", """
[fix|solve|understand|get around] [model not found|the error that a model is not in the store|no such model|an unknown model name|a wrong name]
[find|see|know] the right name of a model
""", """
[the right name of my model|the correct model name|help with model not found|a fix for no such model]
""", """
[hearth|it|the server] [says|complains|tells me|reports] [that the model is not in the store|model not found|that there is no such model|no such file|that there is no model of that name|that it does not know the name]
[hearth|it] [does not find|cannot find|can't find|doesn't know|does not know] [my model|the model|that model|the name|this name|a model by that name]
[my|the|this] [model|name|model's name] is [not found|unknown|not recognised|not in the store|nowhere to be found]
I typed [the name|a model's name] but [nothing is found|it is not found|it says not found]
""", """
model not found
is not in the store
no such model
error: no such file or directory
why is my model not found
where has my model gone
unknown model name
""")

fact("exit_code", "Exit code", """
Exit code 0 is success, 1 is a failure and 2 is wrong usage. A failure prints one line that begins with `error:`.
""", """
[know|see|check|tell|find out|detect|notice] [whether|if|that] [a command|hearth|a run|it|the last command] [failed|worked|succeeded|went wrong|was successful] [in a script|]
[use|read|test|check|evaluate] the [exit code|exit status|return code|return value|status code]
[handle|catch|detect] [errors|failures] in [a script|my shell script|bash]
""", """
[the exit code|exit codes|the return code|an exit status|error codes|the meaning of exit codes|return values]
""", """
hearth [ended|exited|returned|stopped] with [code|status|exit code] [1|2]
[the exit code|the return code|the status] is [1|2|not 0]
my script must know if hearth failed
""", """
what are the exit codes
what does exit code [0|1|2] mean
what does hearth return on [failure|success|error]
what is the exit [status|code]
does hearth return an error code
where do errors go
exit code
exit code [1|2]
""")
