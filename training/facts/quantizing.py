"""Smaller files, and measuring what they lose."""
from .kit import fact

fact("quantize", "`hearth quantize IN.gguf OUT.gguf {type}`", """
Use `hearth quantize IN.gguf OUT.gguf {type}`.
Type `hearth quantize IN.gguf OUT.gguf {type}`. The input should be a file of high precision.
""", """
[quantize|quantise|requantize] [a|the|my|this|some] [model|gguf|gguf file|file|weights] [to|as|into|with] {type}
<make> [a|the|my] {type} [file|version|model|quant|gguf|copy] [of my model|from my file|from f16|]
[convert|shrink|turn|change|compress|bring|reduce|rewrite] [a|my|the|this] [gguf|model|gguf file|f16 file|file|weights] [to|into|down to] {type}
[use|write|apply|produce|try] {type}
go from [f16|bf16|q8_0|f32] to {type}
""", """
[a {type} file|{type}|a {type} version|a {type} quant|the {type} type|weights in {type}|my model as {type}|a {type} of my file]
""", """
[it|the file|my model|the result|the output|the gguf] [should|must|has to|shall] be {type}
[I have f16|my file is f16|it is bf16] [and want|but need|but want] {type}
I [need|want|prefer] {type} [weights|quality|for this one|]
""", """
can hearth [quantize to|make|write|do] {type}
{type} quantization
{type}
{type} please
f16 to {type}
quantize to {type}
quantize {type}
""")

fact("quantize_any", "`hearth quantize IN.gguf OUT.gguf q4_k_m`", """
Use `hearth quantize IN.gguf OUT.gguf q4_k_m`. It makes the file much smaller and loses little.
Type `hearth quantize IN.gguf OUT.gguf q4_k_m`. Other types are `q8_0`, `q6_k` and `q4_0`.
""", """
[quantize|quantise] [a|the|my|this|some|an f16] [model|gguf|gguf file|file|llm|weights]
[make|get|have] [a|the|my|this] [model|gguf|file] [smaller|lighter|more compact|less big|tiny|handier|take less disk space|take fewer gigabytes]
[shrink|compress|squeeze|downsize|reduce|slim|pack|condense] [a|the|my|this] [model|gguf|gguf file|file|weights]
[reduce|cut|lower|halve|shrink|decrease] the [size|file size|weight|bits|precision|footprint|number of bits] of [a|my|the|this] [model|file|gguf]
[quantize|shrink|compress] [models|ggufs|llms|weights]
[lower|reduce] the precision
save [space|disk space|room] with a smaller [copy|file|model]
""", """
[a smaller file|a smaller model|a smaller version of my model|a quantizer|the quantize command|a compressed model|fewer bits|a 4 bit version|a quantized copy|a lighter model|4-bit weights|an int4 model]
""", """
[my|the|this] [model|file|gguf] is [too big|too large|huge|enormous|much too big|too heavy|bigger than I want|gigantic|very large|several gigabytes]
[I have|it is|the file is] [f16|full precision|bf16|f32|sixteen bits] [and takes too much space|and that is too big|and want it smaller]
[my|the] disk is too small for [the|this] [model|file]
""", """
what does hearth quantize do
what is the quantize command
can hearth quantize models
can [a|my|this] [file|model] be [smaller|compressed|quantized|shrunk]
quantize
shrink
""")

fact("which_type", "`q4_k_m`", """
`q4_k_m` is a good choice for most: about a quarter of the size. `q8_0` is twice as big and nearly exact.
Take `q4_k_m` if memory is short, and `q8_0` if you want to be close to the original.
""", """
[choose|pick|find|select|decide on] [a|the|the right|the best|a good|a suitable] [quantization|quant|quantization type|quant type|number format|level of quantization]
know which [quant|quantization|type|quantization type|number of bits] [to use|to take|to choose|is good enough|loses least|is right for me]
[decide|choose] between [q4_k_m and q8_0|the types|all these quants|4 and 8 bits|so many quants]
""", """
[the best quantization|a good quant|the right type|a recommendation for a quant|the best trade between size and quality|advice on quantization types|a comparison of q4_k_m and q8_0|the list of types|your favourite quant]
""", """
[there are|I see|they offer] [so many quants|so many types|many files: q4, q5, q6, q8|a dozen quantizations] [and I cannot choose|and I don't know which one|, which one|]
I [can't|cannot] decide [between the quants|which quant to take|on a type]
""", """
which [quant|quantization|type|quantization type|quant type|number of bits] [should I use|is best|is good|do you recommend|should I choose|should I take|is the right one|do most people use|is a good compromise|keeps the quality]
what is [the best|a good|the recommended|a sensible] [quant|quantization|quantization type|type]
q4_k_m or q8_0
[q4|q5|q6] or q8
what is the difference between [q4_k_m and q8_0|q4 and q8|the types|the quants]
which types are there
is q4_k_m [good|ok|enough|any good]
is q8_0 [better|worth it]
4 bit or 8 bit
""")

fact("quantization", "fewer bits", """
Quantization stores the weights of a model with fewer bits, so it is smaller and faster and a little less exact. See `hearth quantize`.
To quantize means to keep the weights in fewer bits. The file shrinks and runs faster; `hearth quantize` does it.
""", """
understand [quantization|what quantization is|why models are quantized|what quantizing means]
learn what [quantization|quantizing|a quant] [is|means|does]
""", """
[the idea of quantization|the meaning of quantization|the theory of quantization|the principle of quantized models]
""", """
I don't know what quantization is
I never understood quantization
everyone talks about quants and I don't know what that is
""", """
what is quantization
what's quantization
what [does quantization mean|does quantization do|is the point of quantization|happens when a model is quantized|is a quant|are quants]
what is a quantized model
what does [quantize|quantized|quantizing] mean
[explain|define|describe] quantization
tell me about quantization
[explain|tell me] what [quantization|quantizing] is
why should I quantize
why are models quantized
is quantization bad
quantization
does a quantized model lose [quality|anything]
""")

fact("importance", "`hearth importance MODEL -f TEXT -o FILE`", """
Use `hearth importance MODEL -f TEXT -o FILE`, and give the file to `hearth quantize` with `--importance FILE`.
First `hearth importance MODEL -f TEXT -o FILE`, then `hearth quantize IN.gguf OUT.gguf q4_k_m --importance FILE`.
""", """
<make> [an importance matrix|an importance file|importance data|an imatrix|an imatrix file|importances|calibration data for quantization]
[measure|compute|calculate|determine] [which weights matter|which weights are important|the importance of weights|importances|an imatrix|which columns matter]
quantize with [an importance matrix|importance|an imatrix|calibration|a calibration text|importance data]
[get|make] a better [quantized model|quant|quantization] [with calibration|than usual|from a text|at low bits]
[calibrate|improve|sharpen] [a quantization|the quantization|a quantized model|low bit quants] [with a text|with an imatrix|]
""", """
[an importance matrix|an imatrix|importance data|a calibration file|calibration|the importance command|imatrix quants|better low bit quants|an imatrix.gguf]
""", """
[my|the] [2 bit|3 bit|small|iq2|low bit] [quant|model|file] is [bad|poor|stupid|much worse]
[hearth quantize|it] warns that there is no importance file
""", """
what does hearth importance do
what is an importance [matrix|file]
what is an imatrix
does hearth support an imatrix
can I use llama.cpp's imatrix
imatrix
""")

fact("target_size", "--target-size", """
Use `hearth quantize IN.gguf OUT.gguf --target-size 4.2G`. It finds the types that lose least at that size.
Say the size in place of a type: `hearth quantize IN.gguf OUT.gguf --target-size 700M`.
""", """
[quantize|shrink|compress|cut|squeeze|fit|reduce|bring] [a|my|the|this] [model|gguf|file] [to|into|down to|under|below] [a given size|a certain size|{number} gigabytes|{number} GB|{number}G|{number} megabytes|{number} MB|a file of {number} GB|exactly the size I have|a size limit]
<make> a [file|gguf|model|quant] of [{number} GB|at most {number} GB|no more than {number} gigabytes|a fixed size|a chosen size|{number} MB|less than {number} GB]
[choose|give|set|say|specify|determine] the size of the [result|quantized file|output|file] [myself|instead of a type|in gigabytes|]
get the best quality [at a given size|for {number} GB|that fits in {number} gigabytes|for a size limit]
aim at a [file size|size|number of bits per weight]
""", """
[a file of {number} GB|a target size|a model of at most {number} gigabytes|a quant of a given size|the --target-size option|an exact file size|a size instead of a type|a model that is {number} GB big|a file that fits a dvd]
""", """
[the file|my model|the result|the gguf|it] [must|may|should|has to|can] [not be larger than|be at most|be no bigger than|be|fit in|stay below] {number} [GB|gigabytes|MB|megabytes]
I [only have|have just|have exactly] {number} [GB|gigabytes] [for the file|on the stick|of space for it|for the weights]
[q4_k_m|q5_k_m] is [a bit too big|just over my limit|slightly too large]
""", """
what does --target-size do
what does --target-bpw do
can I [choose|say|fix] [the size|how large the file becomes]
what fits into {number} GB, can quantize find it
mixed types for a size
""")

fact("perplexity", "`hearth perplexity MODEL -f TEXT`", """
Use `hearth perplexity MODEL -f TEXT`. A lower number means that the model is less surprised by the text.
Type `hearth perplexity MODEL -f TEXT`. The lower the result, the better the model predicts the text.
""", """
[measure|compute|calculate|get|find|check|evaluate|determine|see] [the |]perplexity [of <a model>|of my model|on a text|on wikitext|]
[measure|check|find out|test|evaluate|rate|judge|score] how [good|well trained|clever|bad] <a model> is
[measure|check|test|evaluate|judge] the quality of [a|my|the] [model|quantized model|finetuned model|file]
[see|measure|test] how well <a model> [predicts|foretells|knows|fits] [a text|my texts|wikitext]
compare [the quality of models|models by a number|quality before and after]
""", """
[perplexity|the perplexity|a measure of quality|a score for my model|an evaluation|ppl|a quality measure|a perplexity test|a number that says how good a model is]
""", """
I [wonder|want to know|don't know] [how good my model is|if my model is any good|whether the finetune helped]
I need [a number|a figure|a score] for the quality of [a|my] model
""", """
what does hearth perplexity do
what is perplexity
what is the perplexity of my model
what does perplexity mean
which of my models is better
ppl
perplexity
""")

fact("divergence", "`hearth divergence MODEL --reference MODEL -f TEXT`", """
Use `hearth divergence MODEL --reference MODEL -f TEXT`. It says how far the first model's guesses are from the reference's.
Type `hearth divergence MODEL --reference MODEL -f TEXT`; the reference is the original model.
""", """
compare [a quantized model with the original|two models|a model with another one|my quantized model to the original|the quant with f16|q4 with f16|a small copy with the big one|a quantized file and its source]
[measure|compute|get|calculate|see|determine] the [kl divergence|divergence|difference|kld|kl|distance] [between two models|of two models|from the original|from f16|]
[see|measure|find out|check|know|test] how much [quality is lost|quantization loses|was lost by quantizing|worse the quant is|the small file lost|my quantized copy differs|damage quantization did]
[check|see] [if|whether] [a quant|the quantized model|my q4 file] is [still worthy of|as good as|true to] [the original|f16|its source]
""", """
[kl divergence|the divergence|a comparison of two models|the loss of quantization as a number|the difference to the original|a comparison with f16|kld|the damage by quantization]
""", """
I [quantized|shrank|compressed] [a model|my model|it] and want to know [what it lost|how much worse it is|if it is still good|the damage]
I [wonder|would like to know] how much [worse|different] [q4|the quant|the small file] is
""", """
what does hearth divergence do
what is kl divergence
how much does quantization lose
how much quality [did I lose|is gone|do I lose]
divergence
""")
