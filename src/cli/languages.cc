#include "cli/languages.h"

#include "cli/words.h"

namespace hearth {

namespace {

constexpr std::string_view kC =
    "auto break case char const continue default do double else enum extern float for goto if inline int "
    "long "
    "register return short signed sizeof static struct switch typedef union unsigned void volatile while "
    "bool "
    "true false NULL nullptr #include #define #if #ifdef #ifndef #else #elif #endif #pragma alignas alignof "
    "and catch class concept const_cast consteval constexpr constinit co_await co_return co_yield decltype "
    "delete dynamic_cast explicit export friend mutable namespace new noexcept not operator or override "
    "final "
    "private protected public reinterpret_cast requires static_assert static_cast template this throw try "
    "typename using virtual std";
constexpr std::string_view kScript =
    "abstract any as async await boolean break case catch class const continue debugger declare default "
    "delete "
    "do else enum export extends false finally for from function get if implements import in instanceof "
    "interface keyof let new null number of private protected public readonly return set static string super "
    "switch this throw true try type typeof undefined unknown var void while with yield";

constexpr Language kLanguages[] = {
    {"c h cpp c++ cc cxx hpp cuda objc", kC, "//", "/*", "*/", "\"'"},
    {"python py python3 starlark",
     "False None True and as assert async await break class continue def del elif else except finally for "
     "from "
     "global if import in is lambda match nonlocal not or pass raise return self try while with yield",
     "#", "", "", "\"'", "\"\"\" '''"},
    {"javascript js jsx mjs typescript ts tsx", kScript, "//", "/*", "*/", "\"'", "`"},
    {"java kotlin kt scala",
     "abstract as assert boolean break byte case catch char class companion const constructor continue data "
     "def "
     "default do double else enum extends false final finally float for fun if implements import in "
     "instanceof "
     "int interface internal is long native new null object open override package private protected public "
     "record return sealed short static super switch synchronized this throw throws trait true try typealias "
     "val var void volatile when while with yield",
     "//", "/*", "*/", "\"'", "\"\"\""},
    {"csharp cs c#",
     "abstract as async await base bool break byte case catch char class const continue decimal default "
     "delegate "
     "do double else enum event explicit extern false finally fixed float for foreach get if implicit in int "
     "interface internal is lock long namespace new null object operator out override params private "
     "protected "
     "public readonly record ref return sealed set short sizeof static string struct switch this throw true "
     "try "
     "typeof uint ulong using var virtual void volatile where while yield",
     "//", "/*", "*/", "\"'", "\"\"\""},
    {"go golang",
     "break bool byte case chan const continue default defer else error fallthrough false float64 for func "
     "go "
     "goto if import int interface map nil package range return rune select string struct switch true type "
     "var",
     "//", "/*", "*/", "\"'", "`"},
    {"rust rs",
     "as async await bool break char const continue crate dyn else enum extern f32 f64 false fn for i32 i64 "
     "if "
     "impl in let loop match mod move mut pub ref return self Self static str struct super trait true type "
     "u8 "
     "u32 u64 unsafe use usize where while",
     "//", "/*", "*/", "\""},
    {"swift",
     "as associatedtype await async break case catch class continue default defer deinit do else enum "
     "extension "
     "false fileprivate for func guard if import in init inout internal is let nil open operator private "
     "protocol public repeat return self Self static struct subscript super switch throw throws true try "
     "typealias var where while",
     "//", "/*", "*/", "\"", "\"\"\""},
    {"ruby rb",
     "BEGIN END alias and begin break case class def defined? do else elsif end ensure false for if in "
     "module "
     "next nil not or puts redo require rescue retry return self super then true undef unless until when "
     "while "
     "yield",
     "#", "", "", "\"'"},
    {"php",
     "abstract and array as break case catch class const continue declare default do echo else elseif enum "
     "extends false final finally fn for foreach function global if implements include instanceof interface "
     "match namespace new null or private protected public readonly require return static switch this throw "
     "trait true try use var while yield",
     "// #", "/*", "*/", "\"'"},
    {"bash sh shell zsh console shellscript",
     "case cd do done echo elif else esac exit export fi for function if in local read return select set "
     "shift "
     "source sudo then unset until while",
     "#", "", "", "\"'"},
    {"sql postgresql mysql sqlite",
     "add all alter and as asc begin between by case check column commit constraint create cross database "
     "default delete desc distinct drop else end exists false foreign from full group having if in index "
     "inner "
     "insert into is join key left like limit not null offset on or order outer primary references returning "
     "right rollback select set table then transaction true union unique update using values view when where "
     "with int integer text varchar timestamp date boolean numeric",
     "--",
     "/*",
     "*/",
     "'\"",
     {},
     true},
    {"lua",
     "and break do else elseif end false for function goto if in local nil not or repeat return then true "
     "until "
     "while",
     "--",
     "--[[",
     "]]",
     "\"'",
     {}},
    {"r", "break else FALSE for function if in Inf library NA NaN next NULL repeat return TRUE while", "#",
     "", "", "\"'"},
    {"haskell hs",
     "case class data deriving do else if import in infix instance let module newtype of then type where",
     "--", "{-", "-}", "\""},
    {"json jsonc json5", "true false null", "//", "/*", "*/", "\""},
    {"yaml yml", "true false null yes no", "#", "", "", "\"'"},
    {"toml ini cfg conf", "true false", "# ;", "", "", "\"'", "\"\"\" '''"},
    {"html xml svg vue", "", "", "<!--", "-->", "\""},
    {"css scss less", "important inherit initial none auto", "", "/*", "*/", "\"'"},
    {"cmake makefile make dockerfile docker",
     "add_executable add_library add_subdirectory cmake_minimum_required else elseif endforeach endfunction "
     "endif "
     "find_package foreach function if include project set target_link_libraries FROM RUN COPY CMD "
     "ENTRYPOINT "
     "ENV WORKDIR EXPOSE ARG USER VOLUME LABEL ADD ifeq ifdef endef define export .PHONY",
     "#", "", "", "\""},
};

}  // namespace

std::span<const Language> languages() { return kLanguages; }

const Language* find_language(std::string_view name) {
  for (const Language& language : kLanguages) {
    if (!name.empty() && has_word(language.names, name)) return &language;
  }
  return nullptr;
}

}  // namespace hearth
