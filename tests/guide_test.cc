// The built-in model as a guide: what it answers to questions that it was not trained on names commands and options
// that there are, and mostly the right ones.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <sstream>

#include "program.h"
#include "served.h"

namespace hearth {
namespace {

struct GuideQuestion {
  const char* text;
  const char* part;  // that a right answer has
};

const GuideQuestion kGuideQuestions[] = {
    {"Which command makes a model talk to me?", "`hearth run MODEL`"},
    {"There's a .gguf on my desk, how do I wake it up?", "`hearth run MODEL`"},
    {"Could my Python script ask a model over the network?", "`hearth serve MODEL`"},
    {"Turn my model into a little web service", "`hearth serve MODEL`"},
    {"I'd like the server on 9191", "--port 9191"},
    {"something else sits on 8080 already", "--port N"},
    {"my tablet should be able to reach the server", "--host"},
    {"how do I put a password in front of the API", "--api-key"},
    {"twenty students will ask questions at the same time", "--parallel"},
    {"one server, three models", "`hearth serve A.gguf B.gguf`"},
    {"What base URL goes into my OpenAI client?", "http://127.0.0.1:8080/v1"},
    {"can Prometheus watch the server", "/metrics"},
    {"print only one reply and quit", "-p"},
    {"feed a text file into the model through a pipe", "| hearth run MODEL`"},
    {"how do I make it continue my text without any template", "--raw"},
    {"no more than 120 tokens, please", "-n 120"},
    {"replies are much too long", "-n N"},
    {"use 2718 as the random seed", "--seed 2718"},
    {"every run gives me another text, can that be avoided?", "--seed S"},
    {"set the temperature to 0.6", "--temperature 0.6"},
    {"how do I get wilder text", "--temperature"},
    {"I want greedy decoding", "--temperature 0"},
    {"I need a context of 12000 tokens", "--ctx 12000"},
    {"how long may the context become and where is it set", "--ctx"},
    {"let it take 6 threads", "--threads 6"},
    {"hearth hogs every core of my laptop", "--threads"},
    {"Show me what this gguf contains", "`hearth inspect FILE`"},
    {"I want to see the shapes of all tensors", "--tensors"},
    {"count the tokens of a sentence", "`hearth tokenize MODEL"},
    {"turn token ids back into words", "`hearth detokenize MODEL`"},
    {"make a gguf out of safetensors", "`hearth convert DIR -o OUT.gguf"},
    {"shrink my model to q5_k_m", "`hearth quantize IN.gguf OUT.gguf q5_k_m`"},
    {"This model takes too much space on the disk, make it smaller", "`hearth quantize"},
    {"the quantized file must not be larger than 3 GB", "--target-size"},
    {"which quant would you recommend?", "`q4_k_m`"},
    {"how do I make an imatrix", "`hearth importance MODEL"},
    {"what's the perplexity of my model on a text", "`hearth perplexity MODEL -f TEXT`"},
    {"how much did my q4 file lose against the original", "`hearth divergence MODEL"},
    {"How many tokens a second will I get?", "`hearth bench MODEL`"},
    {"benchmark without downloading anything", "`hearth bench shape:"},
    {"I want vectors of my documents", "`hearth embed MODEL"},
    {"fetch a model from Hugging Face", "`hearth pull NAME`"},
    {"only download the Q8_0 of that repository", "`hearth pull org/repo:"},
    {"the repository is private, where does my token go", "HF_TOKEN"},
    {"which models have I downloaded so far", "`hearth list`"},
    {"get rid of a model", "`hearth rm NAME`"},
    {"will a 13b model fit in my ram", "`hearth plan MODEL`"},
    {"check my hardware", "`hearth doctor`"},
    {"I have an Ollama Modelfile", "`hearth import"},
    {"where can I keep my favourite settings", "hearth.toml"},
    {"which architectures does it know", "`hearth arch list`"},
    {"print the definition of an architecture", "`hearth arch show NAME`"},
    {"is there a mistake in my .arch file", "`hearth arch check FILE`"},
    {"force the answer into a JSON schema", "--json-schema"},
    {"how do I give it a system prompt", "--system"},
    {"store this conversation in a file", "/save"},
    {"start the conversation over", "/clear"},
    {"how do I get out of the chat", "/bye"},
    {"Hearth was killed because memory ran out", "`hearth plan MODEL`"},
    {"it says not a GGUF file", "`hearth inspect FILE`"},
    {"the model has no chat template, what now?", "--chat-template"},
    {"it says my model is not in the store", "`hearth list`"},
    {"how do I build this", "`make run`"},
    {"a list of all commands", "`hearth --help`"},
};

// The help of a command, and nothing of one that there is not.
const std::string& help_of(const std::string& command) {
  static std::map<std::string, std::string> known;
  auto [at, first] = known.try_emplace(command);
  if (first) {
    std::istringstream words(command + " --help");
    std::vector<std::string> arguments;
    for (std::string word; words >> word;) arguments.push_back(word);
    ProgramRun run = run_program(arguments);
    if (run.status == 0) at->second = run.out;
  }
  return at->second;
}

bool has_option(const std::string& help, const std::string& option) {
  return std::regex_search(help, std::regex("(^|[\\s,])" + option + "([\\s,=]|$)"));
}

// What `text` says between backticks.
std::vector<std::string> spelled(const std::string& text) {
  static const std::regex span("`([^`]*)`");
  std::vector<std::string> all;
  for (std::sregex_iterator at(text.begin(), text.end(), span), end; at != end; ++at) all.push_back((*at)[1]);
  return all;
}

// "run" of "cat prompt.txt | hearth run MODEL", "arch list" of "hearth arch list"; nothing if none is named.
std::string command_of(const std::string& span) {
  static const std::regex command("\\bhearth (arch )?([^\\s-]+)");
  std::smatch found;
  return std::regex_search(span, found, command) ? found[1].str() + found[2].str() : "";
}

// An option beside a command is one of that command's; one alone belongs to a command that the answer names, or to run.
void expect_there_is_what_it_names(const std::string& answer) {
  static const std::regex option("(^|\\s)(--?[a-z][a-z-]*)");
  std::string helps = help_of("run");
  for (const std::string& span : spelled(answer)) {
    std::string command = command_of(span);
    if (command.empty()) continue;
    EXPECT_NE(help_of(command), "") << "there is no hearth " << command;
    helps += help_of(command);
  }
  for (const std::string& span : spelled(answer)) {
    std::string command = command_of(span);
    const std::string& help = command.empty() ? helps : help_of(command);
    for (std::sregex_iterator at(span.begin(), span.end(), option), end; at != end; ++at)
      EXPECT_TRUE(has_option(help, (*at)[2])) << "there is no " << (*at)[2];
  }
}

TEST(Guide, NamesWhatThereIsAndMostlyWhatIsWanted) {
  Served served({"--temperature", "0"});
  ASSERT_NE(served.port(), 0) << served.first_lines();
  size_t right = 0;
  std::string others;
  for (const GuideQuestion& question : kGuideQuestions) {
    SCOPED_TRACE(question.text);
    OrderedJson body = {{"messages", {{{"role", "user"}, {"content", question.text}}}}, {"max_tokens", 120}};
    TestAnswer reply = served.post("/v1/chat/completions", body);
    ASSERT_EQ(reply.status, 200) << reply.body;
    auto answer = reply.json()["choices"][0]["message"]["content"].get<std::string>();
    SCOPED_TRACE(answer);
    expect_there_is_what_it_names(answer);
    if (answer.find(question.part) != answer.npos) {
      ++right;
    } else {
      others += std::string(question.text) + "\n  " + answer + "\n";
    }
  }
  EXPECT_GE(right, std::size(kGuideQuestions) * 8 / 10) << others;
  RecordProperty("right", static_cast<int>(right));
}

}  // namespace
}  // namespace hearth
