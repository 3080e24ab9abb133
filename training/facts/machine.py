"""The machine: what it can hold, how fast it is, what it has."""
from .kit import fact

fact("bench", "`hearth bench MODEL`", """
Use `hearth bench MODEL`. It measures tokens per second for reading a prompt and for writing.
Type `hearth bench MODEL`. It says the speed, and how close that is to the machine's limit.
""", """
[benchmark|bench|time|clock|race] [a|the|my|this] [model|<machine>|cpu|processor|setup|gguf]
[measure|test|see|check|find out|know|get|determine] [the speed|how fast it is|how fast a model runs|tokens per second|how fast my <machine> is|the tokens per second|the throughput|the generation speed|how quick it is|the rate of tokens|the speed of my cpu]
run [a benchmark|benchmarks|the benchmark|a speed test|a performance test]
compare the speed of [two models|my machines|quants|q4 and q8]
""", """
[a benchmark|a speed test|tokens per second|the speed of my machine|a performance test|speed numbers|a throughput measurement|the bench command|timing|performance figures]
""", """
I [wonder|want to know|would like to see] how [fast|quick] [it is|my machine is|this model runs|hearth is here]
I need [numbers|figures] on [speed|performance|throughput]
""", """
how fast is [hearth|it|my machine|this|the model]
how many tokens per second [do I get|does it make|can I expect|will it write]
what does hearth bench do
is there a benchmark
bench
benchmark
speed
""")

fact("bench_shape", "`hearth bench shape:", """
Use `hearth bench shape:llama-1b:q4_k_m`. It makes random weights of that shape, and nothing is downloaded.
Type `hearth bench shape:llama-1b:q4_k_m`; the weights are random, and only the speed is measured.
""", """
[benchmark|bench|measure the speed|test the speed|time things|run a speed test] without [a model|downloading a model|a download|a file|a real model|any weights|having a model|a gguf]
[benchmark|time|test the speed of] a model that [I do not have|is not here|I have not downloaded|is too big to download]
benchmark [random weights|a shape|a model shape|made up weights|an imaginary model|weights made in memory]
[see|know|estimate|measure] how fast [a 1b model|llama 1b|a big model|an 8b model] would [be|run] before [downloading it|I download it|the download]
""", """
[a benchmark without a model|a benchmark without a download|a speed test with random weights|shape: in bench|a benchmark of a shape|a speed test without a file]
""", """
I have no model [here |yet |]but want to [measure the speed|benchmark|know how fast my machine is]
[there is no model|I have no gguf] on this machine and I want [a benchmark|to measure its speed]
""", """
what is shape: in bench
can I benchmark without a model
can I measure speed without downloading anything
what does shape:llama-1b:q4_k_m mean
which shapes are there
""")

fact("embed", "`hearth embed MODEL", """
Use `hearth embed MODEL --text "some text"`. It prints the embedding as a JSON array.
Type `hearth embed MODEL --text "some text"`. The vector has length one unless you add `--no-normalize`.
""", """
[get|make|compute|create|produce|calculate|generate|extract] [embeddings|an embedding|text embeddings|a vector|vectors|text vectors|word vectors|a semantic vector|the embedding] [of <text>|for <text>|from <text>|]
embed [<text>|texts|my documents|a query|sentences]
[turn|convert|map|transform|encode] [<text>|texts|sentences|documents|a query] [into|to] [a vector|vectors|embeddings|an embedding|numbers for search]
[build|make|set up] [a semantic search|a vector database|a search index|a retrieval system|rag]
[compare|cluster|find] [texts by meaning|similar texts|similar sentences|documents that are alike]
""", """
[embeddings|text embeddings|vectors|an embedding model|the embedding of a text|vectors for my documents|semantic search|the embed command|a vector of a text|similarity of texts]
""", """
I [am building|want to build|have] [a search engine|a vector store|a semantic search|rag|a recommender] [and need vectors|and need embeddings|]
I want to know how similar two texts are
""", """
what does hearth embed do
can hearth [make|compute|do] embeddings
does hearth support [embeddings|embedding models|bert|sentence transformers]
what are embeddings
embeddings
embed
""")

fact("plan", "`hearth plan MODEL`", """
Use `hearth plan MODEL`. It says what the weights, the context and the buffers need, and whether it fits.
Type `hearth plan MODEL --ctx N`, or just `hearth plan MODEL`: it tells how much memory is needed and if it fits.
""", """
<find out> [whether|if] <a model> [fits|will fit|fits in memory|fits into my memory|fits on my <machine>|can run here|is too big for my ram|would work on my <machine>|is small enough]
<find out> how much [memory|ram] <a model> [needs|takes|uses|will need|would need|wants|requires|occupies]
[plan|estimate|foresee|calculate|predict|budget] [the memory|memory use|the ram|memory requirements|what a model needs|the memory of the context|how fast a model could be]
[check|know|see] [the requirements|the memory needs|what it costs in memory] of <a model> [before I download it|before loading it|before the download|]
<find out> which [model|size|quant] [my <machine> can hold|fits my ram|I can run|is too big for me]
""", """
[a memory estimate|the memory requirements|the ram a model needs|a forecast of memory|a plan of the memory|the system requirements of a model|a size check before the download|an estimate before loading|the plan command]
""", """
[I have|my <machine> has|there are|we have] {number} [GB|gigabytes|gb] [of ram|of memory|ram|memory] [here|and wonder what fits|and want to know if a model fits|]
[I am not sure|I don't know|I wonder] [whether it fits|if my memory is enough|if it will fit|if my <machine> is big enough|how much memory it takes]
I want to know [what it needs|if it fits] before [I download it|the download|I load it]
""", """
does [my|this|a|the|it|an 8b|a 70b] [model |]fit [in memory|into my ram|on my machine|in {number} GB|]
how much [memory|ram] [does a model need|do I need|does my model need|will it use|does the context take|does a 7b model take|must I have]
will [my|this|the] model fit
will [a|the] model run on my <machine>
can my <machine> [run|hold|handle|cope with] [it|this model|a 7b model|a 70b model|such a big model]
what does hearth plan do
do I have enough [memory|ram]
is {number} GB [enough|of ram enough|sufficient]
which models can I run with {number} GB
plan
""")

fact("doctor", "`hearth doctor`", """
Use `hearth doctor`. It says what this machine has and what Hearth will use of it.
Type `hearth doctor`, and you see the processor, the memory and the kernels that are chosen.
""", """
<find out> what [my machine has|my computer can do|hearth will use|hardware hearth uses|hearth sees|is inside my <machine>|this <machine> is capable of|my cpu can do]
[check|test|examine|diagnose|look over|verify] [my|the|this] [machine|computer|hardware|setup|installation|system|environment]
<find out> which [cpu features|instructions|instruction sets|kernels|vector instructions|cores] [are used|hearth uses|my cpu has|are there|hearth finds]
[find out|see|diagnose] what is wrong [with my setup|with hearth|with my machine|here|]
[get|see|print] a report [about my machine|on my hardware|for a bug report]
""", """
[a check of my machine|a system check|a diagnosis|a hardware report|information about my cpu|the features of my processor|the doctor command|a self test|a health check|an overview of my hardware]
""", """
something is wrong [with hearth|with my installation|here|on this machine]
[hearth|it] behaves strangely [on my machine|here|]
[I wonder|I want to know] [if my hardware is good enough|what my processor supports|whether avx512 is used|if hearth uses my hardware well]
""", """
what does hearth doctor do
is my [machine|computer|cpu|processor|hardware] [good enough|supported|ok|suitable|too old]
which instruction sets does my cpu have
does my cpu have [avx2|avx512|vector instructions]
how many cores does hearth see
is everything set up [well|correctly|right]
doctor
""")

fact("slow", "`hearth doctor`", """
A smaller file runs faster, such as `q4_k_m`; `hearth doctor` says what slows this machine down, and `hearth bench MODEL` how fast it is.
Let `hearth doctor` look for what holds the machine back, and take a smaller model or type: `q4_k_m` is faster than `q8_0`.
""", """
[make|get] [hearth|it|the model|the answers|generation|everything] [faster|run faster|quicker|speedier|go faster|work faster|less slow]
[speed up|accelerate|hurry up|boost|improve the speed of|increase the speed of] [hearth|it|the model|generation|the answers|inference]
get [more speed|more tokens per second|a better speed|faster answers|quicker replies]
[find out|understand|see] why [it is slow|hearth is so slow|the model is slow|it takes so long]
""", """
[more speed|faster answers|better performance|a faster model|speed tips|a way to make it faster|more tokens per second|a reason why it is slow]
""", """
[hearth|it|the model|everything|generation|the answer|my model|writing|inference] is [slow|very slow|too slow|so slow|slower than I thought|terribly slow|awfully slow|sluggish|crawling|as slow as a snail]
[it|the answer|each word|every answer|generating] takes [so long|for ever|ages|minutes|too long|too much time]
I [wait|have to wait] [so long|for ever|minutes] for [an answer|each word|every token]
[only|just] one [word|token] per second
[it|hearth] [crawls|lags|is a snail]
""", """
why is [it|hearth|the model|the answer|everything] [so slow|slow|so slow here|taking so long]
why does it take so long
can it [be|go] faster
too slow
slow
why so slow
""")

fact("gpu", "processor", """
You need no graphics card: Hearth runs on your processor. `hearth doctor` shows what it will use.
Hearth runs on the processor, and `hearth doctor` tells you what it found. Graphics cards are not used yet.
""", """
[use|run on|compute on|make use of|activate|enable|turn on] [a|my|the|an nvidia|an amd] [gpu|graphics card|video card|graphics processor|rtx card]
run [hearth|a model|models] without [a gpu|a graphics card|cuda|an nvidia card|special hardware]
[offload|move|put] layers [to|on] the gpu
""", """
[gpu support|cuda|a gpu|graphics card support|rocm|vulkan|metal|gpu acceleration|support for nvidia cards|gpu offloading|-ngl|n-gpu-layers]
""", """
[my gpu|the graphics card|my nvidia card|the gpu] is [not used|idle|doing nothing|not found|ignored]
I have [no graphics card|no gpu|only a cpu|an old laptop without a gpu|an rtx card|an nvidia gpu|an amd card]
""", """
do I need a [gpu|graphics card|video card|nvidia card|special card]
does hearth [need|use|support] [a gpu|gpus|cuda|my graphics card|nvidia|rocm|vulkan|metal|graphics cards]
what hardware do I need
does hearth run on [my cpu|the cpu|a laptop|a normal pc|an old computer|a raspberry pi|cpu only]
can it run [without a gpu|on the cpu alone|on a cpu]
is [a cpu|the processor] enough
gpu
cuda
""")
