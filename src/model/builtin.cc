#include "model/builtin.h"

// The assembler copies the file into the read-only data: no generated source, no time to compile it.
asm(".section .rodata\n"
    ".balign 64\n"
    ".globl hearth_builtin_model\n"
    ".hidden hearth_builtin_model\n"
    "hearth_builtin_model:\n"
    ".incbin \"" HEARTH_BUILTIN_MODEL
    "\"\n"
    ".globl hearth_builtin_model_end\n"
    ".hidden hearth_builtin_model_end\n"
    "hearth_builtin_model_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" {
extern const std::byte hearth_builtin_model[], hearth_builtin_model_end[];
}

namespace hearth {

std::span<const std::byte> builtin_model() { return {hearth_builtin_model, hearth_builtin_model_end}; }

}  // namespace hearth
