"""The sentences into which people put a task, a thing or a trouble, and what they say around their question."""
from .kit import lines

TASK_FRAMES = lines("""
[how do I|how can I|how do i|how would I|how could I|how should I|how must I|how might I|how do you|how can one|how does one|how do we|how do people|how would a beginner] {task}
[how do I|how can I|how do i] {task}
how to {task}
[what is|what's|which is|whats] the [way|right way|best way|easiest way|proper way|trick|simplest way|usual way] to {task}
[what is|what's|which is|whats] the [command|option|flag|subcommand|switch|command line|syntax|invocation] [to|that lets me|with which I can|I need to|if I want to] {task}
[which|what] [command|option|flag|subcommand|switch|hearth command|setting] [lets me|do I need to|do I use to|should I use to|must I use to|would I use to|makes it possible to|is there to|is needed to|do I take to|can] {task}
what [do|should|must|would|can] I [type|key in|write|do|use|run|put in] [to|if I want to|in order to|when I want to] {task}
[I want|I would like|I'd like|I need|I am trying|I'm trying|I wish|I hope|I have|I've been trying|I plan|we want|we need|my boss wants me|I was asked|I was told|I am supposed|i want|i need|it is my job] to {task}
[I don't know|no idea|I have no idea|not sure|I forgot|I can't find out|I cannot figure out|nobody told me|please tell me|tell me|show me|explain|explain to me|teach me|remind me|I wonder|I'd like to know|I am looking for] how to {task}
[can|could|would|will] you [please |][tell me|show me|explain|explain to me|say|describe] how [to|I can|I could|one can|I] {task}
[can you help me|could you help me|help me|help me to|let me|let's|I'd love to|I'd rather|I must|I have to|I want to be able to|I should|please help me to] {task}
[is there|do you know|does hearth have|is there perhaps|do you have|there must be|isn't there] [a way|an option|a command|a flag|a switch|any way|some way|an easy way|a setting|a possibility|something] [to|that lets me] {task}
[can|could|may|might] [I|one|we|i|anybody] {task}
[can|could|will|would] <hearth> {task}
[is it|would it be|is it perhaps] possible to {task}
[trying to|want to|need to|wanna|gotta|looking to|looking for a way to|hoping to|attempting to|have to|going to] {task}
{task}
{task}
[what if I|and if I|suppose I|say I|imagine I] [want to|need to|have to|must|would like to] {task}
where [do|can|could] I {task}
[it would be nice to|it'd be great to|my goal is to|the goal is to|the plan is to|my task is to|what I want is to|all I want is to|I only want to|the idea is to|my problem is how to] {task}
[any hint|any idea|any tip|some advice|a hint|what's the story|what do the docs say|help wanted] on how to {task}
[is hearth able|is it able|is hearth made] to {task}
[is there|do you know|do you have|I am looking for|I need|I want|does hearth have|show me|I could use|isn't there] [a command|an option|a tool|something|a flag|a switch|a feature|a function|a setting|a mode] that {does}
[what|which command|which option|which tool|which switch|which part of hearth|which subcommand] {does}
[what about|how about|I need help with|help with|I have trouble|a question about|is there support for|does hearth support|how does one go about|any advice on|I struggle with|I'm stuck with] {doing}
{doing}
[is|isn't] {doing} [possible|supported|allowed|hard|easy|something that hearth does]
[how does|how about the command for|what's the command for|what is the option for|what is the switch for|which command is for|which option is for|is there a command for|is there an option for] {doing}[ work|]
""")

THING_FRAMES = lines("""
[how do I|how can I|how does one|how to|how would I|how do i] [get|have|obtain|use|come by|make use of] {thing}
[I need|I want|I'd like|I am looking for|I'm looking for|looking for|need|want|give me|I'd love|we need|please give me|I'm after|show me|I would like to have|I could use|I am missing|I miss] {thing}
{thing}
{thing}
[is there|does hearth have|does it have|do you have|has it got|do you offer|does <hearth> offer|does <hearth> know|does <hearth> do|does <hearth> support|is there support for|have you got|can I have|can I get|could I have|will I get] {thing}
[what about|how about|what's with|where is|where's|where do I find|where can I find|where can I get|what is the story with|anything for|something like|something for] {thing}
[what is|what's|which is] the [option|command|flag|switch|subcommand|setting|hearth command] for {thing}
[which|what] [option|command|flag|subcommand|switch] [is for|gives me|is there for|stands for|would give me|do I need for|do I use for|has to do with] {thing}
[tell me about|explain|I need help with|I have a question about|a question about|a word about|please explain|help me with|how about some help with|I want to know more about|I know nothing about] {thing}
[how does|how do you do|what do you know about|can you tell me about|can you explain|do you know anything about|how is it with] {thing}
""")

STATE_FRAMES = lines("""
{state}
{state}
{state}[, |. |; | - |: ][what now|what can I do|what do I do|what should I do|any idea|help|can you help me|how do I fix that|how can I solve this|what next|and now|now what|what command do I need|is there a command for that|is there an option for that|what would you do|how can hearth help|what do you suggest|what to do|where do I begin|any advice|please help|how do I go on|how come]
[what do I do|what can I do|what should I do|what happens|what to do|what is there to do|what do you suggest|what helps] [if|when] {state}
{state} and [I don't know what to do|I am stuck|I need help|I have no idea what to do|I don't know why|now I wonder what to do|I don't know how to go on]
[help|hmm|well|oh no|sorry|hey|look|so|damn|oh|listen|the problem is|my problem|it's like this|here is my problem|my situation][, |: |! ]{state}
[I think|it seems|I guess|it looks like|suppose|I noticed that|the thing is,|I have the problem that|say|imagine] {state}
""")

BEFORE = ("[||||||||||||||||||||||||||||||||||||||||||||hi, |hello, |hey, |hi! |hello! |hey hearth, |please |excuse me, |quick question: |one question: |ok, |so, |and |but |question: |sorry, |hearth, |well, |"
          "another question: |one more thing: |I have a question: |good morning, |hi there, |dear hearth, |now |next: |also, |then |by the way, |ok then, |great, |hmm, |again: ]")
AFTER = ("[||||||||||||||||||||||||||||| please| with hearth| with Hearth| in hearth| in Hearth| using hearth| here| from the terminal| on the command line| on my machine| on my computer|"
         " quickly|, please| now|, thanks| thx| then| exactly| again| easily| by the way| in this program| on linux| on debian| from the shell| today| on my laptop| at all|, if possible|, any idea|, is that possible|, how| with it]")
# Said before or after, and of no importance.
ASIDES = """
[I am new to this.|I'm new here.|I am a beginner.|I use debian.|I'm on ubuntu.|I have an old laptop.|This is for work.|It's for a school project.|I just installed hearth.|I built hearth today.|It's my first day with hearth.]
[I've read the readme.|I could not find it in the manual.|I looked at the docs.|I searched for an hour.|Nobody could tell me.|My friend told me to ask you.|I am not a programmer.|I know little about computers.|Keep it short.|Be quick.]
[I heard about hearth yesterday.|My colleague uses hearth.|I like this program.|It cannot be hard.|I am in a hurry.|Maybe this is a stupid question.|I hope you can help.|I only know the basics.|I'm sitting at the terminal.|Sorry to bother you.]
""".strip().splitlines()
# What is left out by people who type as for a search engine.
SMALL_WORDS = set("a an the i my me do does is are to how can of for it you this what which please would like want need be that in on with at".split())
FILLERS = ("really just simply actually somehow maybe also perhaps properly quickly always only still finally directly basically kind of sort of like even "
           "already later often currently usually probably definitely totally honestly ideally preferably").split()
# Words of the wordings and others for them, so that a word is learned from its company.
SYNONYMS = {word: others.split(", ") for word, others in (line.split(": ") for line in """
want: wish, like, desire, intend
need: require, want, depend on
see: view, inspect, notice, look at
show: reveal, list, output, present, give
get: acquire, receive, find, reach, fetch
make: craft, form, write, prepare, let me have
use: employ, utilise, utilize, apply, try, work with
start: begin, launch, kick off, open, initiate
run: operate, execute, start, drive
stop: cease, end, halt, finish
find: locate, discover, spot, dig up
tell: inform, say to, teach
give: provide, supply, hand, offer, grant
change: alter, modify, edit, switch, vary, replace
set: put, fix, define, determine, enter
choose: opt for, select, pick out, take
keep: retain, hold, preserve
delete: remove, erase, take away, wipe
remove: delete, take off, clear away
download: load, fetch, grab, bring in
save: store, keep, write out
load: read in, open, bring in
limit: bound, cap, restrict
measure: gauge, quantify, assess, determine
compare: contrast, match, hold side by side
check: verify, look, control, review
print: write, output, emit, put out
write: compose, author, type, put down
read: take in, parse, look through
answer: reply, response, output, result
answers: replies, responses, outputs, results
question: query, prompt, request
text: passage, prose, writing, content
model: llm, lm, ai, ai model, network, neural network, language model, gguf
models: llms, ais, ai models, networks, language models
file: data file, document, gguf, blob
folder: directory, dir, path
server: service, daemon, backend, endpoint
requests: calls, queries, prompts
people: folks, persons, users, guys
users: people, visitors, clients
machine: computer, pc, box, device, workstation, system
computer: machine, pc, box, device, mac, workstation
laptop: notebook, computer, macbook, thinkpad
phone: smartphone, mobile, iphone, tablet
memory: ram, main memory, storage
ram: memory, main memory
disk: drive, hard disk, ssd, hard drive, storage
option: flag, switch, parameter, argument, setting
command: subcommand, instruction, invocation, command line
number: count, amount, quantity, figure
size: extent, volume, weight, magnitude
length: size, extent, duration
speed: performance, pace, throughput, velocity
fast: quick, rapid, speedy, swift
faster: quicker, speedier, more rapid
slow: sluggish, laggy, lame, unhurried
smaller: tinier, lighter, more compact, thinner
big: large, huge, massive, bulky
large: big, huge, massive
small: little, tiny, compact
long: lengthy, extended, endless
shorter: briefer, more concise, crisper
different: other, another, distinct, varying
same: identical, equal, very same
new: fresh, brand new, recent
private: confidential, non-public, hidden, restricted
broken: damaged, faulty, kaputt, defective
error: failure, fault, message, problem, complaint
several: many, some, numerous, lots of, various
many: lots of, plenty of, numerous, countless
chat: conversation, talk, dialogue, session
conversation: chat, talk, dialogue, exchange
quality: accuracy, fidelity, precision, goodness
cores: cpus, processors, cpu cores, hardware threads
threads: cores, workers, cpu threads
tokens: pieces, word pieces
random: arbitrary, chance, accidental
creative: inventive, imaginative, original
password: secret, key, credential, passphrase
network: lan, net, wlan, intranet
port: tcp port, port number
api: interface, http api, endpoint, rest api
app: application, program, tool, client
program: application, software, tool, app
script: program, shell script, batch file
settings: options, preferences, parameters, configuration
default: usual, standard, preset
quantization: quantisation, compression, quant
quantize: quantise, compress, shrink
repository: repo, project, hub page
hub: hugging face, website, model hub
vectors: embeddings, arrays, numbers
metadata: meta data, header, properties, attributes
tests: checks, test suite, unit tests
license: licence, terms
works: functions, runs, is fine
works.: runs., is fine.
help: assist, support, aid
explain: describe, clarify, illustrate
possible: feasible, doable, allowed
easily: without effort, simply, comfortably
""".strip().splitlines())}
