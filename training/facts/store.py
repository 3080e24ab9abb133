"""Models by name: fetching, listing, removing, settings."""
from .kit import fact

fact("pull", "`hearth pull NAME`", """
Use `hearth pull NAME`. After that, `hearth run NAME` runs it.
Type `hearth pull NAME`, for example with a name like `org/repo`. Then `hearth list` shows it.
""", """
<download> [a|the|some|another|a new|a bigger|a better|an open|a real] [model|llm|language model|gguf]
<download> [a model from the internet|models|a model from a hub|a model from hugging face|a model from huggingface|new models|llama|qwen|mistral|gemma|weights|a model by its name|a model from ollama|an ollama model|a repository]
[add|bring|put|install|load] a [model|new model] [to|into|onto] [the store|my store|my machine|this computer|my disk|hearth]
[resume|continue|restart] [a download|an interrupted download|a broken download]
install [a model|llama|another model|more models]
""", """
[a download|a new model|more models|another model|a bigger model|a model from hugging face|models from a hub|a model downloader|the pull command|real models|a model from the internet|a better model than you]
""", """
I [have no model yet|have no models|need a model first|don't have any model]
the download [broke off|was interrupted|stopped in the middle|failed halfway|did not finish]
[my internet|the connection|the network] [broke|went down|failed] during the download
you are too small and I want a bigger model
""", """
where do I get [models|a model|more models|ggufs|weights]
where can I [find|get|download] [models|a model|more models|other models|ggufs]
where do models come from
what does hearth pull do
can hearth download models
does hearth know hugging face
is there a model store
can I use ollama's models
how do downloads work
pull
download
""")

fact("pull_quant", "`hearth pull org/repo:Q4_K_M`", """
Put it behind a colon: `hearth pull org/repo:Q4_K_M`. Without one, the best that this machine holds is taken.
Name it after the repository: `hearth pull org/repo:Q4_K_M`.
""", """
<download> [only |just |][one|a single|a certain|a particular|one particular|a given|the right|a specific] [quantization|quant|file|version|type|size] [of|from] [a|the] [repository|repo|model|hub]
<download> [the q4_k_m|the q8_0|only the q4_k_m|just the q6_k|the {type}|only the {type}|a {type}] [file|version|quant|one|] [of|from] [a|the] [repo|repository|model|hub|model from hugging face]
[choose|select|pick|say|specify] [which|the] [quantization|quant|file|quantization to pull|quant to download|file of a repo] [is downloaded|is fetched|to download|when pulling|]
pull [q4_k_m|q8_0|{type}] [instead of the default|instead of what hearth chose|]
avoid downloading [all files|every quant|all the quantizations]
""", """
[one quant of a repository|only one of the files|the q8_0 of a repository|a particular quantization from the hub|a certain file from the repo|the {type} from hugging face|a specific quant]
""", """
[the repo|the repository|the hub|this model on the hub] has [many files|many quants|a dozen quantizations|all sizes] and I [want|need] [just one|only one|the q4_k_m|a certain one|{type}]
[pull|hearth pull] [took|chose|fetches|downloads] the wrong [quant|file|quantization|version]
I want [q8_0|q4_k_m|{type}] and not what [pull|hearth] chose
""", """
which [quant|quantization|file] does [pull|hearth pull] take
can I pull [a certain quant|just one quantization|only q4_k_m]
what does the colon in org/repo:Q4_K_M mean
how does pull choose the file
""")

fact("pull_token", "`HF_TOKEN`", """
Put your token into the variable `HF_TOKEN`, then use `hearth pull NAME`.
Set `HF_TOKEN` to your access token; `hearth pull NAME` sends it to the hub and nowhere else.
""", """
<download> [a|the|my|our] [private|gated|closed|protected|restricted|licensed] [model|repository|repo|checkpoint]
[log in|sign in|authenticate|identify myself|get authorized] [to hugging face|at the hub|with the hub|for a download|]
[use|give|pass|set|supply|provide] [a|my|the] [token|access token|hugging face token|hf token|api token|credentials|login]
<download> [a model that needs a login|a model after accepting its licence|llama from meta|gemma after accepting the terms]
""", """
[a private model|a gated model|a login for hugging face|my hugging face token|access to a gated repository|an access token|authentication at the hub|a private repository|the hf token]
""", """
[the repository|the repo|the model|the hub] [is private|is gated|needs a login|asks for a token|wants a login|says 401|answers 403|says unauthorized|denies access|refuses me]
[pull|the download] [fails with|ends with|says|gives] [401|403|unauthorized|access denied|forbidden|authentication required]
I [accepted the licence|have access to the repo|have a token] but [pull|the download] [fails|is refused|does not work]
""", """
where do I put my [token|hugging face token|access token]
does hearth [support|know|use] [private repositories|tokens|gated models|HF_TOKEN]
what is HF_TOKEN
401 unauthorized
403 forbidden
""")

fact("list", "`hearth list`", """
Use `hearth list`. It shows the models that are here, also those that other programs keep.
Type `hearth list`, and you see every model that you have pulled, with its size.
""", """
[list|see|show|view|print|enumerate|display] [my|all|the|all my|the local|the downloaded|the installed|all local] [models|llms|ggufs]
<find out> [which|what] models [I have|are installed|are here|are there|I downloaded|are on this <machine>|I pulled|are stored|exist locally|lie on my disk]
list [models|what I have downloaded|what is here|everything in the store]
[see|know] [how big my models are|how much space my models take|when I last used a model]
""", """
[a list of my models|my models|the installed models|an overview of my models|the names of my models|all local models|what I have downloaded so far|the contents of the store|an inventory]
""", """
I [forgot|don't remember|no longer know|lost track of] [which models I have|what I downloaded|the names of my models|what I pulled]
I have downloaded [so many models|several models|many things] [and lost the overview|]
""", """
which models do I have
what models are [installed|there|available|on this machine|here|in the store|on my disk]
what does hearth list do
where are my models
what have I downloaded
list
ls
""")

fact("show", "`hearth show MODEL`", """
Use `hearth show MODEL`. It tells you where one model came from and what it consists of.
Type `hearth show MODEL` to read the details of a model.
""", """
[see|show|get|read|view|look up] [details|information|info|more|facts|everything|all] [about|on|of] [a|my|one|the|one of my|a pulled|a stored|an installed] [model|models]
show [a|one|my|one installed|a pulled] model
[see|read|look up|know] the [details|source|origin|files|hashes|revision|history] of [a|my|a stored|a downloaded|a pulled] model
<find out> [where a model came from|when I pulled a model|which files a model has|where a model lies on the disk|from which repo a model is|the path of a model]
""", """
[details of a model|the source of a model|information on an installed model|the files of a pulled model|the origin of my model|the path of a stored model|the show command]
""", """
I don't know [where this model came from|which repository this was|when I downloaded this model|where the model's files are]
""", """
what does hearth show do
what is known about a model
where did I get this model from
where does hearth keep the file of a model
when did I pull this model
show
""")

fact("rm", "`hearth rm NAME`", """
Use `hearth rm NAME`. It removes that model from the local store.
Type `hearth rm NAME`, and the model is deleted. `hearth list` shows the names.
""", """
[remove|delete|erase|uninstall|throw away|get rid of|drop|discard|purge|kick out|clean up|trash|wipe] [a|the|my|an old|one|this|an unused|some] [model|models|download|llm]
[free|save|get back|regain|make|recover|win back] [disk space|space|room|some gigabytes|storage]
[remove|delete|clean] [models|old models|unused models|my downloads|the store]
""", """
[more disk space|less clutter|a cleanup of my models|the removal of a model|the rm command|free space on the disk|a way to delete a model]
""", """
[my|the] disk is [full|full of models|nearly full|running out of space|too full]
[there is|I have] no [space|room|disk space] left
[the models|my models|these downloads|all these models] [take|eat|use] [too much space|all my disk|so much room|the whole disk]
I [have too many models|never use this model|tried a model and did not like it|have models I never use]
""", """
what does hearth rm do
can I delete a model
how are models deleted
no space left on device
remove
delete
rm
""")

fact("import", "`hearth import Modelfile --name NAME`", """
Use `hearth import Modelfile --name NAME`. Then `hearth run NAME` uses it.
Type `hearth import Modelfile --name NAME`. It becomes a section of hearth.toml.
""", """
[import|take over|bring over|convert|migrate|move|reuse|read|load|use|port|carry over] [a|my|an|the|my old] [modelfile|ollama modelfile|ollama model definition|ollama setup|ollama configuration|modelfile from ollama]
[switch|change|move|come|migrate] from ollama [to hearth|]
[use|keep] [my ollama settings|what I wrote for ollama|my modelfiles|the FROM and PARAMETER lines]
turn a modelfile into [a name|settings|hearth.toml]
""", """
[modelfile support|a modelfile|my ollama modelfile|the import command|an import from ollama|support for modelfiles|an equivalent of ollama create]
""", """
I [have|wrote|got|use] [a modelfile|an ollama modelfile|modelfiles]
I [come from|used|am leaving|am used to] ollama and [have a modelfile|have modelfiles|want to keep my modelfile|want to bring my settings]
""", """
what does hearth import do
does hearth [read|understand|support|know|accept] [modelfiles|ollama modelfiles|a modelfile]
what about my modelfile
ollama create
import
modelfile
""")

fact("settings", "hearth.toml", """
Write them into `hearth.toml`, in ~/.config/hearth: a section `[models.NAME]` with model, system, context and sampling. `hearth run NAME` uses it.
`hearth.toml` keeps them: a section `[models.NAME]` gives a model a name, a system message, a context and sampling.
""", """
[save|keep|store|remember|write down|fix|set] [my|the|some] [settings|options|defaults|default options|preferences|parameters|usual options|configuration]
[give|assign] [a model|my model|a long path] [a name of its own|a short name|a nickname|an alias|default settings|its own settings|fixed options]
[define|make|create|set up] [a named model|a model with its own system prompt|default values|a preset for a model|a profile|an alias for a model]
[avoid|stop] typing the same options [every time|again and again|each time]
[use|write|find|edit] [a config file|the configuration file|a settings file|hearth.toml]
set a default [temperature|context|system prompt] [for a model|once and for all|permanently]
""", """
[a config file|a configuration file|a settings file|default settings|hearth.toml|named models|profiles|an alias for a model|permanent settings|a short name for a model|my own defaults|a preset]
""", """
I [always type|have to type|keep typing] the same [options|flags|long command|path]
[I want|I'd like] the [same temperature|same options|same context|same system prompt] [every time|always|without typing it]
the [name|path] of my model is [too long|long and ugly]
""", """
where is the [config|configuration|settings] [file|]
what is hearth.toml
is there a config file
does hearth have a [config file|configuration|settings file]
where are the settings [kept|stored|saved]
what can be in hearth.toml
config
settings
""")
